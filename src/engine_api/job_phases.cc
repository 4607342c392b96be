#include "engine_api/job_phases.h"

#include <google/protobuf/timestamp.pb.h>

namespace mlengine::engine_api {
namespace {

double Millis(const google::protobuf::Timestamp& t) {
  return static_cast<double>(t.seconds()) * 1e3 + static_cast<double>(t.nanos()) / 1e6;
}

}  // namespace

std::vector<JobPhase> PhasesOf(const engine::v1::JobRecord& record) {
  std::vector<JobPhase> phases;
  if (record.attempts_size() == 0) return phases;
  const auto& attempt = record.attempts(record.attempts_size() - 1);
  const double decided = Millis(attempt.decided_time());
  phases.push_back({"queued", decided - static_cast<double>(record.create_time_ns()) / 1e6, ""});
  if (attempt.replicas_size() == 0) return phases;
  const auto& recorded = attempt.replicas(0).status().phases();
  if (recorded.empty()) return phases;
  phases.push_back({"launch", Millis(recorded.Get(0).start_time()) - decided, ""});
  for (const auto& phase : recorded) {
    if (!phase.has_end_time()) continue;
    phases.push_back(
        {phase.name(), Millis(phase.end_time()) - Millis(phase.start_time()), phase.detail()});
  }
  return phases;
}

}  // namespace mlengine::engine_api
