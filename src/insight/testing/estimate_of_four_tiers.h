// What an estimate may be made from: a measured run on BASIC, and the plans of four tiers, one of
// them refused and one with a device.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "insight/estimate_report.h"

namespace mlengine::insight {

inline boost::json::object EstimatedPlan(const std::string& replicas, double per_hour) {
  return boost::json::parse(R"({"region":"us-central1","replicas":)" + replicas +
                            R"(,"price":{"list":"l","currency":"USD","text":"x USD/h","perHour":)" +
                            std::to_string(per_hour) + R"(},"pool":{"slots":2}})")
      .as_object();
}

inline MeasuredRun EstimatedRun(const std::string& tier, double seconds_per_step) {
  MeasuredRun run;
  run.speed.first_step = 1;
  run.speed.last_step = 100;
  run.speed.steady_steps = 95;
  run.speed.seconds_per_step = seconds_per_step;
  run.speed.startup_seconds = 10;
  run.speed.end_seconds = 5;
  run.unit = "step";
  run.tier = tier;
  run.where = "here";
  run.seconds = 20;
  return run;
}

inline EstimateInput EstimateOfFourTiers() {
  EstimateInput input;
  input.steps = 3450;
  input.steps_source = "--steps";
  input.cores = 2;
  input.runs = {EstimatedRun("BASIC", 0.1)};
  input.runs[0].cores = CoreUse{2, 1.5};
  input.plans = {
      {"BASIC", EstimatedPlan(R"([{"role":"master","count":1}])", 0.36), ""},
      {"STANDARD_1",
       EstimatedPlan(
           R"([{"role":"master","count":1},{"role":"worker","count":4},{"role":"ps","count":3}])",
           3.6),
       ""},
      {"BASIC_GPU",
       EstimatedPlan(
           R"([{"role":"master","count":1,"accelerators":{"type":"NVIDIA_TESLA_K80","count":1}}])",
           1.2),
       ""},
      {"PREMIUM_1", {}, "too\nlarge"}};
  return input;
}

}  // namespace mlengine::insight
