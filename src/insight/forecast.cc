#include "insight/forecast.h"

#include <algorithm>

namespace mlengine::insight {

Forecast ForecastOf(const StepSpeed& speed, std::int64_t steps,
                    std::optional<std::int64_t> evaluation_interval) {
  const auto count = static_cast<double>(steps);
  Forecast out;
  out.start = speed.startup_seconds + speed.warm_up_seconds;
  out.steps = count * speed.seconds_per_step;
  out.pauses = count * speed.pause_seconds_per_step();
  out.end = speed.end_seconds.value_or(0);
  const bool unseen = evaluation_interval && *evaluation_interval >= speed.last_step;
  // The judging after the last step is part of the end.
  if (unseen && speed.evaluation_seconds && steps > 0) {
    const std::int64_t times = (steps - 1) / *evaluation_interval;
    out.evaluations = static_cast<double>(times) * *speed.evaluation_seconds;
  }
  return out;
}

std::optional<double> InputShare(const CoreUse& use) {
  constexpr double kFewestCores = 1.2;
  if (use.available < kFewestCores) return {};
  return std::clamp((use.available - use.used) / (use.available - 1), 0.0, 1.0);
}

double CoresWanted(double input_share, int cores) {
  return input_share + (1 - input_share) * std::max(cores, 1);
}

TierShape ShapeOf(int workers, int replicas) {
  return {std::max(replicas, 1), std::max(workers, 1)};
}

double SpeedUp(const TierShape& shape, const Pool& pool) {
  if (shape.computing <= 1) return 1;
  const double by_law =
      1 / (pool.input_share + (1 - pool.input_share) / static_cast<double>(shape.computing));
  const double slots = std::max(pool.slots, 1);
  const double by_cores = std::max(slots / std::max(pool.cores_wanted.value_or(1), 1.0), 1.0);
  return std::min(by_law, by_cores);
}

namespace {

// How many times longer replicas take to start that share the pool's cores.
double SlowerStart(const TierShape& shape, const Pool& pool) {
  return std::max(static_cast<double>(shape.replicas) / std::max(pool.slots, 1), 1.0);
}

}  // namespace

Forecast ForecastOf(const Forecast& one, const TierShape& shape, const Pool& pool) {
  Forecast out = one;
  out.start *= SlowerStart(shape, pool);
  out.steps /= SpeedUp(shape, pool);
  return out;
}

Forecast OneReplicaOf(const Forecast& cluster, const TierShape& shape, const Pool& pool) {
  Forecast out = cluster;
  out.start /= SlowerStart(shape, pool);
  out.steps *= SpeedUp(shape, pool);
  return out;
}

}  // namespace mlengine::insight
