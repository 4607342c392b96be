// EstimateReport: what a job would take and cost on each scale tier, and how that was reckoned.
// Made and printed without I/O.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/measured_run.h"
#include "insight/forecast.h"

namespace mlengine::cli {

// A tier as the server plans it.
struct TierPlan {
  std::string tier;          // "STANDARD_1"
  boost::json::object plan;  // of jobs:plan; empty when it was refused
  std::string refusal;       // the server's sentence then
};

struct TierEstimate {
  std::string tier;
  int replicas = 0;
  std::optional<double> seconds;
  std::optional<double> money;
  std::optional<double> per_hour;
  std::string per_hour_text;  // "0.28 USD/h"
  std::string confidence;     // "high", "medium", "low"; "" without a time
  std::string source;         // "measured", "model"; or why there is no time, a sentence
  double speed_up = 1;        // of the steps, over one replica
  bool is_cheapest = false;
  bool is_fastest = false;
};

struct EstimateInput {
  std::int64_t steps = 0;
  std::string steps_source;  // "--steps", "--train_steps", "the program's output"
  std::optional<std::int64_t> evaluation_interval;
  std::vector<MeasuredRun> runs;  // one a tier at most
  int cores = 1;                  // of this machine
  std::vector<TierPlan> plans;    // in the order of the table
};

class EstimateReport {
 public:
  static EstimateReport Of(const EstimateInput& input);

  const std::vector<TierEstimate>& tiers() const { return tiers_; }
  // For --format: stable, described in docs/guides/estimate.md.
  boost::json::object Json() const;
  std::string Text() const;

 private:
  explicit EstimateReport(const EstimateInput& input) : input_(input) {}
  void Reckon();
  void TakeBase();
  TierEstimate Row(const TierPlan& plan) const;
  void Mark();
  // Of this machine's cores that other programs used while `run` was measured, from 0 to 1.
  double OthersShare(const MeasuredRun& run) const;
  std::vector<std::string> Assumptions() const;
  std::vector<std::string> Unknowns() const;

  EstimateInput input_;
  std::optional<MeasuredRun> base_;  // on the pool's own cores: of BASIC, else of another tier
  insight::TierShape base_shape_;    // that it was measured on
  insight::Forecast one_;            // by base_
  insight::Pool pool_;
  bool share_is_measured_ = false;
  std::vector<TierEstimate> tiers_;
};

// "1 h 04 min", "3 min 20 s", "12.5 s".
std::string DurationText(double seconds);

}  // namespace mlengine::cli
