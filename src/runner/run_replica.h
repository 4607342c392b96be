// The whole of mlengine-runner for one launch spec: takes the runner's lock, and supervises the
// replica to its end. One thread.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "mlengine/runner/v1/launch_spec.pb.h"

namespace mlengine::runner {

// INVALID_ARGUMENT when the file is no launch spec that this runner knows.
Result<v1::LaunchSpec> ReadLaunchSpec(const std::string& path);

// The lock file's descriptor: its flock is what makes the runner alive to others. The executor may
// have taken it already and given it as standard input. ALREADY_EXISTS when another runner has it.
Result<UniqueFd> TakeRunnerLock(const std::string& path);

// Returns the exit code of mlengine-runner: 0 when the status record says it all, or when another
// runner has or had this restart; 1 when nothing could be recorded (the runner's log says why).
// `runner_program` is the path of this program.
int RunReplica(const std::string& spec_path, const std::string& runner_program);

}  // namespace mlengine::runner
