// EstimateReport: what a job would take and cost on each scale tier, and how that was reckoned.
// Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "insight/estimate_input.h"
#include "insight/forecast.h"

namespace mlengine::insight {

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

class EstimateReport {
 public:
  static EstimateReport Of(const EstimateInput& input);

  const std::vector<TierEstimate>& tiers() const { return tiers_; }
  // For --format: stable, described in docs/guides/estimate.md.
  boost::json::object Json() const;
  const EstimateInput& input() const { return input_; }
  // What the time of tiers without a run was reckoned from.
  const TierShape& base_shape() const { return base_shape_; }
  // Sentences: how it was reckoned, and what it cannot know.
  std::vector<std::string> Assumptions() const;
  std::vector<std::string> Unknowns() const;

 private:
  explicit EstimateReport(const EstimateInput& input) : input_(input) {}
  void Reckon();
  void TakeBase();
  TierEstimate Row(const TierPlan& plan) const;
  void Mark();
  // Of this machine's cores that other programs used while `run` was measured, from 0 to 1.
  double OthersShare(const MeasuredRun& run) const;

  EstimateInput input_;
  std::optional<MeasuredRun> base_;  // on the pool's own cores: of BASIC, else of another tier
  TierShape base_shape_;             // that it was measured on
  Forecast one_;                     // by base_
  Pool pool_;
  bool share_is_measured_ = false;
  std::vector<TierEstimate> tiers_;
};

// Where the source of a tier's time is no run of that tier.
inline constexpr std::string_view kByTheModel = "by the model";

// "1 h 04 min", "3 min 20 s", "12.5 s".
std::string EstimatedTimeText(double seconds);

}  // namespace mlengine::insight
