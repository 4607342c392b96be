#include "insight/past_run.h"

#include <algorithm>
#include <chrono>

namespace mlengine::insight {
namespace {

double SecondsBetween(Time from, Time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void PastRun::Add(Time time, std::string_view message, std::string_view fields) {
  last_ = std::max({last_, SecondsBetween(start_, time), 0.0});
  track_.Add(last_, message);
  if (!fields.empty()) track_.Add(last_, fields);
}

Result<MeasuredRun> PastRun::Measure(const std::string& job_id, const std::string& tier,
                                     std::optional<Time> ended) const {
  MeasuredRun run;
  run.seconds = ended ? SecondsBetween(start_, *ended) : last_;
  const Result<StepSpeed> speed =
      SpeedOf(track_, ended ? std::optional(run.seconds) : std::nullopt);
  if (!speed.ok()) {
    return FailedPreconditionError("job " + job_id +
                                   " tells no speed: " + speed.status().message());
  }
  run.speed = *speed;
  run.unit = track_.Unit();
  run.told_total = track_.Total();
  run.tier = tier.empty() ? "BASIC" : tier;
  run.where = "in job " + job_id;
  return run;
}

Status HasNotRun(const std::string& job_id, const std::string& state) {
  return FailedPreconditionError("job " + job_id +
                                 " has not run, so it tells no speed; its state is " + state);
}

}  // namespace mlengine::insight
