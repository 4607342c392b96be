// What an estimate is made from: runs of the program that were measured, the steps that the job is
// to do, and the server's plan of the job for each tier. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "insight/forecast.h"
#include "insight/step_speed.h"

namespace mlengine::insight {

// What was measured of a training program, and where: in a short run, or in a job that ran.
struct MeasuredRun {
  StepSpeed speed;
  std::string unit;                        // "step" or "epoch"
  std::optional<std::int64_t> told_total;  // steps of the whole run, as its lines told them
  std::optional<CoreUse> cores;            // while the steps were steady
  std::string tier;                        // "BASIC": that it ran on
  std::string where;                       // "here", "in job old_1"
  double seconds = 0;                      // that the run took
};

// A tier as the server plans it.
struct TierPlan {
  std::string tier;          // "STANDARD_1"
  boost::json::object plan;  // of jobs:plan; empty when it was refused
  std::string refusal;       // the server's sentence then
};

struct EstimateInput {
  std::int64_t steps = 0;
  std::string steps_source;  // "--steps", "--train_steps", "the program's output"
  std::optional<std::int64_t> evaluation_interval;
  std::vector<MeasuredRun> runs;  // one a tier at most
  int cores = 1;                  // of this machine
  std::vector<TierPlan> plans;    // in the order of the table
};

// Asks once for each tier, those of `more` too. `job` is a Job as jobs.create takes it; `ask`
// answers with the plan of one, or with what jobs.create would refuse it with. The error of BASIC
// is the job's own, as is one that no tier of its own explains.
Result<std::vector<TierPlan>> AskTiers(
    const boost::json::object& job, const std::set<std::string>& more,
    const std::function<Result<boost::json::object>(const boost::json::object& job)>& ask);

// The steps of the job, by what was said (`given`), else by the program's arguments.
void FindSteps(const std::vector<std::string>& args, std::optional<std::int64_t> given,
               EstimateInput& input);
// Where that told none: by the first run's output. INVALID_ARGUMENT when nothing tells.
Status TakeToldSteps(const std::vector<std::string>& args, EstimateInput& input);

}  // namespace mlengine::insight
