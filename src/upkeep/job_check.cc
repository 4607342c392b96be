#include "upkeep/job_check.h"

#include <google/protobuf/util/json_util.h>

#include <optional>
#include <utility>

#include "base/file_system.h"
#include "logs/log_check.h"
#include "mlengine/runner/v1/status_record.pb.h"
#include "model/replica_folder.h"

namespace mlengine::upkeep {
namespace {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

// One look at one job.
class Look {
 public:
  Look(const CheckOptions& options, const store::StoredJob& job, CheckReport& report)
      : options_(options),
        record_(job.record),
        project_(record_.project()),
        id_(record_.job().job_id()),
        ended_(record_.job().has_end_time()),
        report_(report) {}

  void Log();
  void Replicas();

 private:
  void Add(std::string what, const std::string& path, std::string repair = "") {
    report_.findings.push_back(
        {std::move(what), Relative(options_, path), std::move(repair), false});
  }
  void LogFault(const logs::LogFault& fault);
  void Replica(const AttemptRecord& attempt, const ReplicaRecord& replica);
  void Record(const std::string& folder, int restart, const StatusRecord& stored, bool last);
  void Spool(const std::string& path, std::int64_t bytes);

  const CheckOptions& options_;
  const store::JobRecord& record_;
  const std::string& project_;
  const std::string& id_;
  const bool ended_;
  CheckReport& report_;
  logs::LogReport log_;
};

void Look::LogFault(const logs::LogFault& fault) {
  if (!fault.good_bytes) return Add(fault.what, fault.path);
  Add(fault.what, fault.path,
      "is cut off by the next write, or by --repair; nothing that was shown is in it");
  if (!options_.repair || options_.live) return;
  Finding& finding = report_.findings.back();
  const Status cut = CutFile(fault.path, *fault.good_bytes);
  finding.repaired = cut.ok();
  finding.repair = cut.ok() ? "was cut off" : "cannot be cut off: " + cut.message();
}

void Look::Log() {
  log_ = logs::CheckJobLog(RealFileSystem(), options_.data_folder, {project_, id_}, options_.live);
  report_.log_entries += log_.entries;
  for (const logs::LogFault& fault : log_.faults) LogFault(fault);
  // Its end is written before the job's.
  if (ended_ && !log_.ended) {
    Add("the job has ended and its log has not: followers wait for more",
        logs::LogFolder(options_.data_folder, {project_, id_}));
  }
}

void Look::Spool(const std::string& path, std::int64_t bytes) {
  const Result<FileStat> stat = RealFileSystem().Stat(path);
  const auto known = log_.spools.find(path);
  // Once the job has ended its log may hold the bytes instead.
  const std::uint64_t held = known != log_.spools.end() ? known->second : 0;
  const auto there = static_cast<std::int64_t>(stat.ok() ? stat->size : held);
  if (there == bytes) return;
  Add("has " + std::to_string(there) + " bytes; the program had written " + std::to_string(bytes) +
          " when it ended",
      path);
}

bool IsFinal(const StatusRecord& record) {
  return record.step() == StatusRecord::EXITED || record.step() == StatusRecord::NOT_STARTED;
}

// `stored` is what the job's record has of it.
void Look::Record(const std::string& folder, int restart, const StatusRecord& stored, bool last) {
  FileSystem& files = RealFileSystem();
  const std::string path = JoinPath(folder, model::StatusFile(restart));
  const Result<std::string> text = files.Read(path);
  StatusRecord record;
  google::protobuf::util::JsonParseOptions lenient;
  lenient.ignore_unknown_fields = true;
  if (!text.ok()) {
    if (IsFinal(stored))
      Add("is missing; the job's record has what it said", path,
          "nothing needs it any more: the result is in the store");
    return;
  }
  if (!google::protobuf::util::JsonStringToMessage(*text, &record, lenient).ok())
    return Add("cannot be understood", path);
  if (record.version() != 1) {
    return Add("has version " + std::to_string(record.version()) + ", this program reads version 1",
               path);
  }
  if (!IsFinal(record)) {
    if (ended_ && IsFinal(stored)) Add("is older than what the job's record has of it", path);
    return;
  }
  if (IsFinal(stored) && (stored.exit().exit_code() != record.exit().exit_code() ||
                          stored.exit().signal() != record.exit().signal())) {
    Add("says that the program ended with status " + std::to_string(record.exit().exit_code()) +
            ", signal " + std::to_string(record.exit().signal()) + "; the job's record says " +
            std::to_string(stored.exit().exit_code()) + ", signal " +
            std::to_string(stored.exit().signal()),
        path);
  }
  if (record.step() != StatusRecord::EXITED || (options_.live && !ended_)) return;
  if (last && !files.Stat(JoinPath(folder, model::LeaseFile(restart))).ok())
    Add("user code ran, and its lease is missing: it might be started again",
        JoinPath(folder, model::LeaseFile(restart)));
  Spool(JoinPath(folder, model::StdoutSpool(restart)), record.exit().stdout_bytes());
  Spool(JoinPath(folder, model::StderrSpool(restart)), record.exit().stderr_bytes());
}

void Look::Replica(const AttemptRecord& attempt, const ReplicaRecord& replica) {
  const std::string folder =
      model::ReplicaFolder(JoinPath(options_.data_folder, "jobs"), project_, id_, attempt.number(),
                           replica.role(), replica.index());
  if (!RealFileSystem().Stat(folder).ok()) {
    // What was decided and never launched has none.
    if (replica.has_status() && replica.status().step() != StatusRecord::STEP_UNSPECIFIED)
      Add("is missing; the job's record says that the replica ran there", folder);
    return;
  }
  for (int restart = 0; restart < replica.earlier_size(); ++restart)
    Record(folder, restart, replica.earlier(restart), false);
  Record(folder, replica.restart(), replica.status(), true);
}

void Look::Replicas() {
  if (log_.retired) return;  // their folders went with the log
  for (const AttemptRecord& attempt : record_.attempts()) {
    for (const ReplicaRecord& replica : attempt.replicas()) Replica(attempt, replica);
  }
}

}  // namespace

void CheckJob(const CheckOptions& options, const store::StoredJob& job, CheckReport& report) {
  Look look(options, job, report);
  look.Log();
  look.Replicas();
}

std::string Relative(const CheckOptions& options, const std::string& path) {
  const std::string prefix = options.data_folder + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

Status CutFile(const std::string& path, std::uint64_t bytes) {
  MLENGINE_ASSIGN_OR_RETURN(const auto file, RealFileSystem().OpenAppend(path, bytes));
  return file->Sync();
}

}  // namespace mlengine::upkeep
