// The names in a replica's folder: the contract between an executor and mlengine-runner
// (docs/formats/replica_folder.md). Pure.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::model {

// JOBS_DIR/PROJECT/JOB/attempt-N/ROLE-I.
inline std::string ReplicaFolder(const std::string& jobs_dir, const std::string& project,
                                 const std::string& job_id, int attempt, const std::string& role,
                                 int index) {
  return jobs_dir + "/" + project + "/" + job_id + "/attempt-" + std::to_string(attempt) + "/" +
         role + "-" + std::to_string(index);
}

inline constexpr std::string_view kLaunchSpecFile = "launch-spec.json";
inline constexpr std::string_view kStopFile = "stop";
inline constexpr std::string_view kRunnerLogFile = "runner.log";
inline constexpr std::string_view kWorkFolder = "work";
inline constexpr std::string_view kTmpFolder = "tmp";

// Named by the restart, from 0.
inline std::string LeaseFile(int restart) {
  return "lease-" + std::to_string(restart);
}
inline std::string StatusFile(int restart) {
  return "status-" + std::to_string(restart) + ".json";
}
inline std::string RunnerLockFile(int restart) {
  return "runner-" + std::to_string(restart) + ".lock";
}
// Asks the runner of that restart to kill its program.
inline std::string KillFile(int restart) {
  return "kill-" + std::to_string(restart);
}
inline std::string StdoutSpool(int restart) {
  return "stdout-" + std::to_string(restart);
}
inline std::string StderrSpool(int restart) {
  return "stderr-" + std::to_string(restart);
}
// What its processes used, second by second (model/resource_sample.h).
inline std::string SamplesFile(int restart) {
  return "samples-" + std::to_string(restart);
}

// Every process of a replica carries these in its environment, so that what is left of a lost
// runner can be found. The token is the gang's; the mark tells its replicas and restarts apart.
inline constexpr std::string_view kTokenVariable = "MLENGINE_LAUNCH_TOKEN";
inline constexpr std::string_view kMarkVariable = "MLENGINE_REPLICA";
inline std::string ReplicaMark(const std::string& role, int index, int restart) {
  return role + "-" + std::to_string(index) + "." + std::to_string(restart);
}

// The cgroup of a replica is called kGroupPrefix-PID-TAIL (base/control_group.h), with its runner's
// pid and this tail.
inline constexpr std::string_view kGroupPrefix = "mlengine";
inline std::string GroupTail(const std::string& launch_token, const std::string& mark) {
  return launch_token.substr(0, 16) + "." + mark;
}

// First word of a lease: who took it. A lease of "stopped" means that no user code ran nor will.
inline constexpr std::string_view kLeaseOfRunner = "runner";
inline constexpr std::string_view kLeaseOfStop = "stopped";

}  // namespace mlengine::model
