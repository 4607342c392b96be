#include "scheduler/cause_evidence.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "scheduler/failure_text.h"
#include "scheduler/job_step.h"
#include "wire/codec/utf8.h"

namespace mlengine::scheduler {

using engine::v1::AttemptRecord;
using engine::v1::ReplicaRecord;
using insight::EndKind;
using insight::Execution;
using model::ExitReason;
using runner::v1::StatusRecord;

namespace {

std::int64_t Nanos(const google::protobuf::Timestamp& t) {
  return t.seconds() * 1'000'000'000 + t.nanos();
}

std::uint64_t Size(std::int64_t bytes) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
}

EndKind EndOf(ExitReason::Code reason) {
  switch (reason) {
    case ExitReason::FINISHED:
      return EndKind::kFinished;
    case ExitReason::USER_ERROR:
      return EndKind::kError;
    case ExitReason::CRASH:
      return EndKind::kCrash;
    case ExitReason::SIGNALLED:
      return EndKind::kSignal;
    case ExitReason::KILLED:
      return EndKind::kKilled;
    case ExitReason::DRILLED:
      return EndKind::kDrilled;
    case ExitReason::OUT_OF_MEMORY:
      return EndKind::kOutOfMemory;
    case ExitReason::TOO_MANY_PROCESSES:
      return EndKind::kTooManyProcesses;
    case ExitReason::OUTPUT_LIMIT:
      return EndKind::kOutputLimit;
    case ExitReason::DISK_FULL:
      return EndKind::kDiskFull;
    case ExitReason::RUNNER_LOST:
      return EndKind::kRunnerLost;
    case ExitReason::MACHINE_REBOOTED:
      return EndKind::kRebooted;
    case ExitReason::GPU_FAILED:
      return EndKind::kGpuFailed;
    case ExitReason::STAGING_FAILED:
      return EndKind::kStagingFailed;
    case ExitReason::ENVIRONMENT_FAILED:
      return EndKind::kInstallFailed;
    case ExitReason::START_FAILED:
      return EndKind::kStartFailed;
    case ExitReason::UNKNOWN:
      return EndKind::kUnknown;
    default:  // the stops
      return EndKind::kStopped;
  }
}

void TakeStatus(const StatusRecord& status, Execution& execution) {
  if (!status.phases().empty()) execution.started_ns = Nanos(status.phases(0).start_time());
  const auto& exit = status.exit();
  execution.ended_ns = Nanos(exit.end_time());
  execution.exit_code = exit.exit_code();
  execution.signal = exit.signal();
  execution.peak_memory_bytes = exit.peak_memory_bytes();
  execution.told = exit.kill_reason();
  if (status.step() != StatusRecord::NOT_STARTED) return;
  execution.told = status.error().message();
  execution.install_output = status.error().evidence();
  // A phase that failed has no end; the last thing that its runner noted has a moment.
  if (!status.notes().empty()) execution.ended_ns = Nanos(status.notes().rbegin()->time());
}

// An execution with what is needed to read its streams.
struct Source {
  Execution execution;
  const StatusRecord* status;
};

std::vector<Source> SourcesOf(const store::JobRecord& record, const AttemptRecord& attempt,
                              const std::string& boot_id) {
  std::vector<Source> sources;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    Execution one;
    one.role = replica.role();
    one.index = replica.index();
    if (replica.port() > 0) one.address = "127.0.0.1:" + std::to_string(replica.port());
    for (int restart = 0; restart < replica.earlier_size(); ++restart) {
      const StatusRecord& status = replica.earlier(restart);
      Source& source = sources.emplace_back(one, &status);
      source.execution.restart = restart;
      source.execution.superseded = true;
      source.execution.end = EndOf(status.exit().reason());
      TakeStatus(status, source.execution);
    }
    Source& source = sources.emplace_back(one, &replica.status());
    source.execution.restart = replica.restart();
    source.execution.end = EndOf(ReasonOf(record, attempt, replica, boot_id));
    TakeStatus(replica.status(), source.execution);
  }
  return sources;
}

}  // namespace

ReadTail TailsOf(logs::LogStore& logs, const logs::JobRef& job) {
  return [&logs, job](const logs::StreamRef& stream, std::uint64_t written, std::uint64_t bytes) {
    const std::uint64_t tail = std::min(written, bytes);
    if (tail == 0) return std::string();
    return logs.ReadRaw(job, stream, written - tail, tail).value_or("");
  };
}

insight::FailureEvidence EvidenceOf(const store::JobRecord& record, const std::string& boot_id,
                                    const ReadTail& read_tail) {
  insight::FailureEvidence evidence;
  evidence.module = record.job().training_input().python_module();
  evidence.runtime = record.runtime_name();
  const AttemptRecord* attempt = LastAttempt(record);
  if (attempt == nullptr) return evidence;
  std::vector<Source> sources = SourcesOf(record, *attempt, boot_id);
  std::ranges::sort(sources, {}, [](const Source& source) {
    const Execution& one = source.execution;
    return std::tuple(one.ended_ns, std::string_view(one.role), one.index, one.restart);
  });
  int tails = 0;
  for (Source& source : sources) {
    Execution& execution = source.execution;
    const auto& exit = source.status->exit();
    const bool ran = source.status->step() == StatusRecord::EXITED;
    if (ran && execution.end != EndKind::kFinished && tails++ < kMostTails) {
      logs::StreamRef stream{attempt->number(), execution.role, execution.index, execution.restart,
                             logs::StreamRef::Kind::kStderr};
      execution.err = wire::ToValidUtf8(read_tail(stream, Size(exit.stderr_bytes()), kStderrTail));
      stream.kind = logs::StreamRef::Kind::kStdout;
      execution.out = wire::ToValidUtf8(read_tail(stream, Size(exit.stdout_bytes()), kStdoutTail));
    }
    evidence.executions.push_back(std::move(execution));
  }
  return evidence;
}

}  // namespace mlengine::scheduler
