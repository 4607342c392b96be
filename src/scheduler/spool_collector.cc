#include "scheduler/spool_collector.h"

#include <algorithm>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"
#include "model/replica_folder.h"
#include "scheduler/job_step.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using executor::ReplicaId;
using runner::v1::StatusRecord;
using Kind = logs::StreamRef::Kind;

namespace {

constexpr Kind kKinds[] = {Kind::kStdout, Kind::kStderr};

store::JobKey KeyOf(const store::JobRecord& record) {
  return {record.project(), record.job().job_id()};
}

logs::StreamRef StreamOf(const ReplicaId& id, Kind kind) {
  return {id.attempt, id.role, id.index, id.restart, kind};
}

std::string SpoolPath(const std::string& replica_dir, int restart, Kind kind) {
  return JoinPath(replica_dir, kind == Kind::kStdout ? model::StdoutSpool(restart)
                                                     : model::StderrSpool(restart));
}

// One execution of a replica.
struct Execution {
  ReplicaId id;
  const StatusRecord* status;
  bool lost = false;
  bool superseded = false;  // by a restart or a further attempt
};

std::vector<Execution> ExecutionsOf(const store::JobRecord& record) {
  std::vector<Execution> out;
  for (const AttemptRecord& attempt : record.attempts()) {
    for (const ReplicaRecord& replica : attempt.replicas()) {
      ReplicaId id = IdOf(KeyOf(record), attempt, replica);
      for (id.restart = 0; id.restart < replica.earlier_size(); ++id.restart)
        out.push_back({id, &replica.earlier(id.restart), false, true});
      id.restart = replica.restart();
      out.push_back({id, &replica.status(), replica.runner_lost(),
                     attempt.number() < record.attempts_size()});
    }
  }
  return out;
}

// How long a stream must be; nothing when no user code ran.
std::optional<std::uint64_t> EndOf(const Execution& execution, Kind kind,
                                   const Result<FileStat>& spool) {
  if (execution.status->step() == StatusRecord::NOT_STARTED) return std::nullopt;
  if (execution.lost) return spool.ok() ? std::optional(spool->size) : std::nullopt;
  const auto& exit = execution.status->exit();
  return static_cast<std::uint64_t>(kind == Kind::kStdout ? exit.stdout_bytes()
                                                          : exit.stderr_bytes());
}

std::string MissingText(const logs::StreamRef& stream, std::uint64_t bytes, std::uint64_t there) {
  return std::string(stream.kind == logs::StreamRef::Kind::kStdout ? " stdout" : " stderr") +
         " of " + logs::TaskName(stream) + ", attempt " + std::to_string(stream.attempt) +
         ", lacks " + std::to_string(bytes - there) + " of " + std::to_string(bytes) + " bytes.";
}

}  // namespace

std::string ReplicaDir(const std::string& jobs_dir, const ReplicaId& id) {
  return model::ReplicaFolder(jobs_dir, id.project, id.job_id, id.attempt, id.role, id.index);
}

SpoolCollector::SpoolCollector(logs::LogStore& logs, const Clock& clock, std::string jobs_dir,
                               Nanoseconds patience)
    : logs_(logs), clock_(clock), jobs_dir_(std::move(jobs_dir)), patience_(patience) {}

// The spools exist from the moment the lease is taken.
void SpoolCollector::Attach(const store::JobRecord& record) {
  std::vector<logs::Spool> spools;
  for (const Execution& execution : ExecutionsOf(record)) {
    const StatusRecord::Step step = execution.status->step();
    if (step == StatusRecord::NOT_STARTED) continue;
    // The record of a lost one may be older than its spools, or lost itself.
    if (step < StatusRecord::LEASED && !execution.lost) continue;
    const ReplicaId& id = execution.id;
    for (const Kind kind : kKinds) {
      std::string path = SpoolPath(ReplicaDir(jobs_dir_, id), id.restart, kind);
      if (step < StatusRecord::LEASED && !RealFileSystem().Stat(path).ok()) continue;
      const std::uint64_t inode = kind == Kind::kStdout ? execution.status->stdout_inode()
                                                        : execution.status->stderr_inode();
      spools.push_back({StreamOf(id, kind), std::move(path), inode});
    }
  }
  if (spools.empty()) return;
  const store::JobKey key = KeyOf(record);
  if (const Status status = logs_.AttachSpools({key.project, key.job_id}, spools); !status.ok()) {
    Log(LogLevel::kWarning, "cannot follow the spools",
        {{"job", key.job_id}, {"status", status.ToString()}});
  }
}

void SpoolCollector::CloseSuperseded(const store::JobRecord& record) {
  const store::JobKey key = KeyOf(record);
  for (const Execution& execution : ExecutionsOf(record)) {
    if (!execution.superseded) continue;
    const ReplicaId& id = execution.id;
    for (const Kind kind : kKinds) {
      const Result<FileStat> spool =
          RealFileSystem().Stat(SpoolPath(ReplicaDir(jobs_dir_, id), id.restart, kind));
      if (const std::optional<std::uint64_t> bytes = EndOf(execution, kind, spool))
        static_cast<void>(logs_.CloseStream({key.project, key.job_id}, StreamOf(id, kind), *bytes));
    }
  }
}

bool SpoolCollector::IsPatient(const store::JobKey& key) {
  const Time now = clock_.Now();
  Time& since = ending_since_.try_emplace(key, now).first->second;
  since = std::min(since, now);  // a clock set back makes it no longer
  return now - since < patience_;
}

std::optional<std::string> SpoolCollector::Complete(const store::JobRecord& record) {
  const store::JobKey key = KeyOf(record);
  const logs::JobRef job{key.project, key.job_id};
  const bool patient = IsPatient(key);
  std::string missing;
  for (const Execution& execution : ExecutionsOf(record)) {
    const ReplicaId& id = execution.id;
    for (const Kind kind : kKinds) {
      const Result<FileStat> spool =
          RealFileSystem().Stat(SpoolPath(ReplicaDir(jobs_dir_, id), id.restart, kind));
      const std::optional<std::uint64_t> bytes = EndOf(execution, kind, spool);
      if (!bytes || logs_.CloseStream(job, StreamOf(id, kind), *bytes).ok()) continue;
      if (patient) return std::nullopt;
      // All that is there, and no more is waited for.
      const std::uint64_t there = std::min(*bytes, spool.ok() ? spool->size : 0);
      const bool closed = logs_.CloseStream(job, StreamOf(id, kind), there).ok();
      missing += MissingText(StreamOf(id, kind), *bytes, closed ? there : 0);
    }
  }
  if (missing.empty()) return missing;
  Log(LogLevel::kWarning, "a job ends with an incomplete log",
      {{"job", key.job_id}, {"missing", missing}});
  return "The log is incomplete:" + missing;
}

void SpoolCollector::Forget(const store::JobKey& key) {
  ending_since_.erase(key);
}

}  // namespace mlengine::scheduler
