#include "insight/estimate_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/number_text.h"

namespace mlengine::insight {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr double kSecondsPerHour = 3600;

std::string Percent(double share) {
  return FixedText(share * 100, 0) + " %";
}

double Rounded(double number, double steps) {
  return std::round(number * steps) / steps;
}

std::optional<double> NumberAt(const object& plan, std::string_view section, std::string_view key) {
  const value* part = plan.if_contains(section);
  const value* number =
      part != nullptr && part->is_object() ? part->get_object().if_contains(key) : nullptr;
  return number != nullptr && number->is_number() ? std::optional(number->to_number<double>())
                                                  : std::nullopt;
}

// "" where it is no text.
std::string TextAt(const object& plan, std::string_view key) {
  const value* text = plan.if_contains(key);
  return text != nullptr && text->is_string() ? std::string(text->get_string()) : "";
}

const object& PartOf(const object& plan, std::string_view key) {
  static const object none;
  const value* part = plan.if_contains(key);
  return part != nullptr && part->is_object() ? part->get_object() : none;
}

std::string OneLine(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

// The replicas of a plan; `device` when any of them has an accelerator.
struct Cluster {
  int replicas = 0;
  int workers = 0;
  std::string device;
};

Cluster ClusterOf(const object& plan) {
  Cluster out;
  const value* groups = plan.if_contains("replicas");
  if (groups == nullptr || !groups->is_array()) return out;
  for (const value& item : groups->get_array()) {
    if (!item.is_object()) continue;
    const object& group = item.get_object();
    const value* number = group.if_contains("count");
    const int count =
        number != nullptr && number->is_int64() ? static_cast<int>(number->get_int64()) : 0;
    out.replicas += count;
    if (TextAt(group, "role") == "worker") out.workers = count;
    if (const std::string type = TextAt(PartOf(group, "accelerators"), "type"); !type.empty())
      out.device = type;
  }
  return out;
}

}  // namespace

std::string ExactDurationText(double seconds) {
  if (seconds < 60) return FixedText(seconds, 1) + " s";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

EstimateReport EstimateReport::Of(const EstimateInput& input) {
  EstimateReport report(input);
  report.Reckon();
  return report;
}

// BASIC tells most; a cluster's run leads back to one replica. A device's run tells of no other
// tier.
void EstimateReport::TakeBase() {
  for (const MeasuredRun& run : input_.runs) {
    const auto plan = std::ranges::find(input_.plans, run.tier, &TierPlan::tier);
    if (plan == input_.plans.end() || plan->plan.empty()) continue;
    const Cluster cluster = ClusterOf(plan->plan);
    if (!cluster.device.empty() || (base_ && run.tier != "BASIC")) continue;
    base_ = run;
    base_shape_ = ShapeOf(cluster.workers, cluster.replicas);
  }
}

void EstimateReport::Reckon() {
  TakeBase();
  for (const TierPlan& plan : input_.plans) {
    if (const auto slots = NumberAt(plan.plan, "pool", "slots"))
      pool_.slots = static_cast<int>(*slots);
  }
  if (base_) {
    const bool alone = base_shape_.replicas == 1;
    const std::optional<double> share =
        base_->cores && alone ? InputShare(*base_->cores) : std::nullopt;
    share_is_measured_ = share.has_value();
    pool_.input_share = share.value_or(kAssumedInputShare);
    if (share) pool_.cores_wanted = CoresWanted(*share, input_.cores);
    one_ = OneReplicaOf(ForecastOf(base_->speed, input_.steps, input_.evaluation_interval),
                        base_shape_, pool_);
  }
  for (const TierPlan& plan : input_.plans) tiers_.push_back(Row(plan));
  Mark();
}

TierEstimate EstimateReport::Row(const TierPlan& plan) const {
  TierEstimate row;
  row.tier = plan.tier;
  if (plan.plan.empty()) {
    const bool device = plan.tier == "BASIC_GPU" || plan.tier == "BASIC_TPU";
    row.source =
        (device ? "not known without a run on such a device; refused here: " : "refused: ") +
        OneLine(plan.refusal);
    return row;
  }
  const Cluster cluster = ClusterOf(plan.plan);
  row.replicas = cluster.replicas;
  row.per_hour = NumberAt(plan.plan, "price", "perHour");
  row.per_hour_text = TextAt(PartOf(plan.plan, "price"), "text");
  const auto run = std::ranges::find(input_.runs, plan.tier, &MeasuredRun::tier);
  if (run != input_.runs.end()) {
    row.seconds = ForecastOf(run->speed, input_.steps, input_.evaluation_interval).total();
    row.confidence = ConfidenceName(ConfidenceOf(run->speed, OthersShare(*run)));
    row.source = "measured " + run->where;
  } else if (!cluster.device.empty()) {
    row.source = "not known without a run on such a device (" + cluster.device +
                 "); --from-job takes a past job's";
  } else if (!base_) {
    row.source = "not known: no run without a device was measured";
  } else {
    const TierShape shape = ShapeOf(cluster.workers, cluster.replicas);
    row.speed_up = SpeedUp(shape, pool_);
    row.seconds = ForecastOf(one_, shape, pool_).total();
    row.confidence = ConfidenceName(cluster.replicas == 1 && base_shape_.replicas == 1
                                        ? ConfidenceOf(base_->speed, OthersShare(*base_))
                                        : Confidence::kLow);
    row.source = kByTheModel;
  }
  if (row.seconds && row.per_hour) row.money = *row.per_hour * *row.seconds / kSecondsPerHour;
  return row;
}

double EstimateReport::OthersShare(const MeasuredRun& run) const {
  if (!run.cores) return 0;
  return std::clamp(1 - run.cores->available / input_.cores, 0.0, 1.0);
}

void EstimateReport::Mark() {
  const auto least = [&](std::optional<double> TierEstimate::* what) -> TierEstimate* {
    TierEstimate* best = nullptr;
    for (TierEstimate& row : tiers_) {
      if (row.*what && (best == nullptr || *(row.*what) < *(best->*what))) best = &row;
    }
    return best;
  };
  if (TierEstimate* row = least(&TierEstimate::money)) row->is_cheapest = true;
  if (TierEstimate* row = least(&TierEstimate::seconds)) row->is_fastest = true;
}

std::vector<std::string> EstimateReport::Assumptions() const {
  std::vector<std::string> out;
  if (!base_) return out;
  const StepSpeed& speed = base_->speed;
  const double per_step = speed.seconds_per_step * SpeedUp(base_shape_, pool_);
  out.push_back("time = start + steps x " + FixedText(per_step, 4) +
                " s / S + pauses + validations + end; money = time x the tier's price an hour.");
  out.push_back("one replica: start " + ExactDurationText(one_.start) + ", steps " +
                ExactDurationText(one_.steps) + ", pauses " + ExactDurationText(one_.pauses) +
                ", validations " + ExactDurationText(one_.evaluations) + ", end " +
                (speed.end_seconds ? ExactDurationText(one_.end) : "not seen, taken as 0 s") + ".");
  if (base_shape_.replicas > 1) {
    out.push_back("one replica was not measured: it is reckoned back from " + base_->tier + "'s " +
                  std::to_string(base_shape_.replicas) + " replicas, whose S is " +
                  FixedText(SpeedUp(base_shape_, pool_), 2) + ".");
  }
  out.push_back(
      "S = 1 / (i + (1 - i) / n), Amdahl's law: n replicas do steps (the workers, or the "
      "master where there are none), i = " +
      Percent(pool_.input_share) + " is the input-pipeline share" +
      (share_is_measured_
           ? ", measured: of " + FixedText(base_->cores->available, 1) +
                 " cores to be had the program used " + FixedText(base_->cores->used, 1) + "."
           : ", assumed: it was not measured."));
  out.push_back(
      "S is at most " +
      FixedText(std::max(pool_.slots / std::max(pool_.cores_wanted.value_or(1), 1.0), 1.0), 2) +
      " here: the replicas share " + std::to_string(pool_.slots) +
      " slots, and one replica keeps " + FixedText(pool_.cores_wanted.value_or(1), 1) +
      " cores busy. Replicas that start at once share them too.");
  return out;
}

std::vector<std::string> EstimateReport::Unknowns() const {
  std::vector<std::string> out;
  out.push_back(
      "whether the program shares its steps among replicas: one that never reads "
      "TF_CONFIG takes as long as on one replica, and pays for all.");
  out.push_back(
      "what replicas send each other for a step: a cluster takes longer than told here, "
      "never less.");
  if (base_ && !base_->speed.end_seconds)
    out.push_back("what comes after the last step (tests, exports): its end was not seen.");
  if (base_ && !input_.evaluation_interval) {
    out.push_back("pauses that come less often than every " +
                  std::to_string(base_->speed.last_step) + " " + base_->unit + "s: none was seen" +
                  (base_->speed.evaluation_seconds
                       ? "; a validation takes " +
                             ExactDurationText(*base_->speed.evaluation_seconds) + " each."
                       : "."));
  }
  if (base_ && base_->where == "here")
    out.push_back("what writing to a job dir in object storage takes: the run here had a folder.");
  out.push_back("how busy this machine will be when the job runs" +
                (base_ && base_->cores ? "; while it was measured others used " +
                                             FixedText(OthersShare(*base_) * input_.cores, 1) +
                                             " of its " + std::to_string(input_.cores) + " cores."
                                       : "."));
  return out;
}

object EstimateReport::Json() const {
  object out{{"steps", {{"count", input_.steps}, {"source", input_.steps_source}}}};
  array measured;
  for (const MeasuredRun& run : input_.runs) {
    object one{
        {"tier", run.tier},
        {"where", run.where},
        {"unit", run.unit},
        {"steps", run.speed.last_step},
        {"seconds", Rounded(run.seconds, 1e3)},
        {"stepsPerSecond", Rounded(run.speed.steps_per_second(), 1e4)},
        {"spread", Rounded(run.speed.spread, 1e4)},
        {"startSeconds", Rounded(run.speed.startup_seconds + run.speed.warm_up_seconds, 1e3)},
        {"pauses", run.speed.pauses},
        {"pauseSeconds", Rounded(run.speed.pause_seconds, 1e3)}};
    if (run.cores) one["othersShare"] = Rounded(OthersShare(run), 1e4);
    if (run.speed.end_seconds) one["endSeconds"] = Rounded(*run.speed.end_seconds, 1e3);
    if (run.speed.evaluation_seconds)
      one["validationSeconds"] = Rounded(*run.speed.evaluation_seconds, 1e3);
    measured.push_back(std::move(one));
  }
  out["measured"] = std::move(measured);
  if (base_) {
    out["model"] = {{"inputShare", Rounded(pool_.input_share, 1e4)},
                    {"inputShareMeasured", share_is_measured_},
                    {"slots", pool_.slots}};
  }
  array tiers;
  for (const TierEstimate& row : tiers_) {
    object one{{"tier", row.tier}, {"source", row.source}};
    if (row.replicas > 0) one["replicas"] = row.replicas;
    if (row.per_hour) one["perHour"] = *row.per_hour;
    if (row.seconds) {
      one["seconds"] = Rounded(*row.seconds, 1e1);
      one["confidence"] = row.confidence;
      one["speedUp"] = Rounded(row.speed_up, 1e2);
      one["fastest"] = row.is_fastest;
    }
    if (row.money) {
      one["money"] = Rounded(*row.money, 1e4);
      one["cheapest"] = row.is_cheapest;
    }
    tiers.push_back(std::move(one));
  }
  out["tiers"] = std::move(tiers);
  for (const TierPlan& plan : input_.plans) {
    if (plan.plan.empty()) continue;
    out["region"] = TextAt(plan.plan, "region");
    out["priceList"] = TextAt(PartOf(plan.plan, "price"), "list");
    if (const std::string currency = TextAt(PartOf(plan.plan, "price"), "currency");
        !currency.empty())
      out["currency"] = currency;
  }
  out["assumptions"] = boost::json::value_from(Assumptions());
  out["notKnown"] = boost::json::value_from(Unknowns());
  return out;
}

}  // namespace mlengine::insight
