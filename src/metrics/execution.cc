#include "metrics/execution.h"

#include <algorithm>

namespace mlengine::metrics {
namespace {

using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

std::optional<Time> StartOf(const StatusRecord& status) {
  for (const auto& phase : status.phases()) {
    if (phase.name() != "exec" || !phase.has_start_time()) continue;
    return FromUnixNanos(phase.start_time().seconds() * 1'000'000'000LL +
                         phase.start_time().nanos());
  }
  return {};
}

}  // namespace

std::optional<Execution> MainExecution(const store::JobRecord& record) {
  if (record.attempts().empty() || record.attempts().rbegin()->replicas().empty()) return {};
  const auto& attempt = *record.attempts().rbegin();
  const ReplicaRecord& main = attempt.replicas(0);
  const StatusRecord::Step step = main.status().step();
  if (step != StatusRecord::RUNNING && step != StatusRecord::EXITED) return {};
  const std::optional<Time> start = StartOf(main.status());
  if (!start) return {};
  return Execution{attempt.number(), main.role(), main.index(), main.restart(), *start};
}

std::optional<Time> AllRunSince(const store::JobRecord& record) {
  if (record.job().state() != ml::v1::Job::RUNNING || record.has_cancel_request_time() ||
      record.attempts().empty())
    return {};
  const auto& attempt = *record.attempts().rbegin();
  if (attempt.has_stop_time() || attempt.replicas().empty()) return {};
  std::optional<Time> since;
  for (const ReplicaRecord& replica : attempt.replicas()) {
    const std::optional<Time> start = StartOf(replica.status());
    if (replica.status().step() != StatusRecord::RUNNING || !start || replica.runner_lost())
      return {};
    since = std::max(since.value_or(*start), *start);
  }
  return since;
}

}  // namespace mlengine::metrics
