#include "policy/replica_lifetimes.h"

namespace mlengine::policy {
namespace {

using runner::v1::StatusRecord;

Time TimeOf(const google::protobuf::Timestamp& t) {
  return FromUnixNanos(t.seconds() * 1'000'000'000LL + t.nanos());
}

void Add(const std::string& role, const StatusRecord& status, Time end_without_exit,
         std::vector<ReplicaLifetime>& lifetimes) {
  if (status.phases().empty()) return;
  const Time end =
      status.exit().has_end_time() ? TimeOf(status.exit().end_time()) : end_without_exit;
  lifetimes.push_back({role, TimeOf(status.phases(0).start_time()), end});
}

}  // namespace

std::vector<ReplicaLifetime> LifetimesOf(const engine::v1::JobRecord& record, Time now) {
  std::vector<ReplicaLifetime> lifetimes;
  for (const auto& attempt : record.attempts()) {
    const Time attempt_end = attempt.has_end_time() ? TimeOf(attempt.end_time()) : now;
    for (const auto& replica : attempt.replicas()) {
      // Only an execution that left an exit is followed by another.
      for (const StatusRecord& earlier : replica.earlier())
        Add(replica.role(), earlier, attempt_end, lifetimes);
      // One that is gone without an exit, or that never came to run, makes its attempt stop.
      const bool gone =
          replica.runner_lost() || replica.status().step() == StatusRecord::NOT_STARTED;
      const bool stopped = gone && attempt.has_stop_time();
      Add(replica.role(), replica.status(), stopped ? TimeOf(attempt.stop_time()) : attempt_end,
          lifetimes);
    }
  }
  return lifetimes;
}

}  // namespace mlengine::policy
