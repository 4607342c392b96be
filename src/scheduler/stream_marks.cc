#include "scheduler/stream_marks.h"

#include <algorithm>

#include "base/digest.h"
#include "base/file_system.h"
#include "model/replica_folder.h"
#include "scheduler/job_step.h"
#include "scheduler/spool_collector.h"

namespace mlengine::scheduler {

using engine::v1::ReplicaRecord;
using engine::v1::StreamMark;
using logs::StreamRef;

namespace {

// What is digested of a stream: its end.
constexpr std::uint64_t kTailBytes = 64U << 10;

std::optional<StreamMark> MarkOf(logs::LogStore& logs, const logs::JobRef& job,
                                 const std::string& folder, const StreamRef& stream) {
  const bool out = stream.kind == StreamRef::Kind::kStdout;
  const std::string spool = JoinPath(
      folder, out ? model::StdoutSpool(stream.restart) : model::StderrSpool(stream.restart));
  const Result<FileStat> stat = RealFileSystem().Stat(spool);
  if (!stat.ok()) return std::nullopt;
  const auto bytes = static_cast<std::uint64_t>(stat->size);
  const std::uint64_t tail = std::min(bytes, kTailBytes);
  const Result<std::string> read = logs.ReadRaw(job, stream, bytes - tail, tail);
  if (!read.ok() || read->size() != tail) return std::nullopt;
  StreamMark mark;
  mark.set_role(stream.role);
  mark.set_index(stream.index);
  mark.set_restart(stream.restart);
  mark.set_stream(out ? "stdout" : "stderr");
  mark.set_bytes(static_cast<std::int64_t>(bytes));
  mark.set_tail_bytes(static_cast<std::int64_t>(tail));
  mark.set_tail_sha256(Sha256Hex(*read));
  return mark;
}

}  // namespace

std::vector<StreamMark> MarksOf(logs::LogStore& logs, const std::string& jobs_dir,
                                const store::JobRecord& record) {
  std::vector<StreamMark> marks;
  const engine::v1::AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr) return marks;
  const store::JobKey key{record.project(), record.job().job_id()};
  for (const ReplicaRecord& replica : attempt->replicas()) {
    if (replica.status().step() != runner::v1::StatusRecord::RUNNING) continue;
    const executor::ReplicaId id = IdOf(key, *attempt, replica);
    for (const auto kind : {StreamRef::Kind::kStdout, StreamRef::Kind::kStderr}) {
      std::optional<StreamMark> mark =
          MarkOf(logs, {key.project, key.job_id}, ReplicaDir(jobs_dir, id),
                 {id.attempt, id.role, id.index, id.restart, kind});
      if (!mark) continue;
      mark->set_user_pid(replica.status().user_pid());
      marks.push_back(*std::move(mark));
    }
  }
  return marks;
}

}  // namespace mlengine::scheduler
