// Forecast: from a measured speed to what a run of more steps would take, with one replica or with
// many. Pure; the model is written out in docs/adr/advisor.md.
#pragma once

#include <cstdint>
#include <optional>

#include "insight/step_speed.h"

namespace mlengine::insight {

// Seconds, by what they go to.
struct Forecast {
  double start = 0;  // until the steps run steadily
  double steps = 0;
  double pauses = 0;       // those seen between the steps, as often in the rest
  double evaluations = 0;  // judgings that the arguments ask for, rarer than the profile could see
  double end = 0;          // 0 when it is not known

  double total() const { return start + steps + pauses + evaluations + end; }
};

// Of the same program on the same machine. `evaluation_interval`: of step_arguments.h.
Forecast ForecastOf(const StepSpeed& speed, std::int64_t steps,
                    std::optional<std::int64_t> evaluation_interval);

// Where the machine's time went while the steps were steady; both on average.
struct CoreUse {
  double available = 1;  // cores that nobody else used
  double used = 0;       // of those, by the program
};

// The share of a step in which at most one core works, from 0 to 1: reading, decoding and handing
// over the input. With one core for that share and all for the rest, `used` is share x 1 +
// (1 - share) x available. Unset where little more than one core was to be had: there the two look
// the same.
std::optional<double> InputShare(const CoreUse& use);

// The cores that a program with this share keeps busy on a machine of that many.
double CoresWanted(double input_share, int cores);

// The share that is taken where none was measured.
inline constexpr double kAssumedInputShare = 0.1;

struct TierShape {
  int replicas = 1;   // of all roles
  int computing = 1;  // those that do steps
};

// The replicas that do steps: the workers, or the master where there is none.
TierShape ShapeOf(int workers, int replicas);

struct Pool {
  int slots = 1;  // replicas that run at once, one core each
  double input_share = kAssumedInputShare;
  std::optional<double> cores_wanted;  // by one replica; unset when it was not measured
};

// Amdahl's law: 1 / (share + (1 - share) / n); at most what the pool's cores allow.
double SpeedUp(const TierShape& shape, const Pool& pool);

// `one`: of a single replica. Steps are divided by SpeedUp; replicas that start at once share the
// pool's cores.
Forecast ForecastOf(const Forecast& one, const TierShape& shape, const Pool& pool);

// The way back: of a single replica, from what was measured of a cluster that ran on this pool.
Forecast OneReplicaOf(const Forecast& cluster, const TierShape& shape, const Pool& pool);

}  // namespace mlengine::insight
