#include "cli/estimate_text.h"

#include <boost/json.hpp>
#include <vector>

#include "base/number_text.h"
#include "cli/output.h"

namespace mlengine::cli {
namespace {

std::string Percent(double share) {
  return FixedText(share * 100, 0) + " %";
}

// Cents, or four decimals where they would hide most of it.
std::string MoneyText(double money, const std::string& currency) {
  return FixedText(money, money > 0 && money < 0.1 ? 4 : 2) + " " + currency;
}

}  // namespace

namespace {

boost::json::array ListAt(const boost::json::object& item, std::string_view name) {
  const boost::json::value* const list = item.if_contains(name);
  return list != nullptr && list->is_array() ? list->get_array() : boost::json::array();
}

double NumberAt(const boost::json::value& item, std::string_view name) {
  const boost::json::value* const number =
      item.is_object() ? item.get_object().if_contains(name) : nullptr;
  return number != nullptr && number->is_number() ? number->to_number<double>() : 0;
}

std::string Lines(const std::string& title, const boost::json::array& lines) {
  if (lines.empty()) return "";
  std::string out = "\n" + title + "\n";
  for (const boost::json::value& line : lines)
    if (line.is_string()) out += "  " + std::string(line.get_string()) + "\n";
  return out;
}

}  // namespace

std::string PredictionEstimateText(const boost::json::object& estimate) {
  const boost::json::value whole = estimate;
  std::string out = FieldText(whole, "steps.count") + " KB in " + FieldText(whole, "steps.source") +
                    " in region " + FieldText(whole, "region") + ", price list " +
                    FieldText(whole, "priceList") + "\n";
  const boost::json::array measured = ListAt(estimate, "measured");
  for (const boost::json::value& run : measured) {
    out += "Measured " + FieldText(run, "where") + ": " + FieldText(run, "steps") + " KB in " +
           insight::ExactDurationText(NumberAt(run, "seconds")) + " by " +
           FieldText(run, "workers") + (FieldText(run, "workers") == "1" ? " worker" : " workers") +
           "\n";
  }
  std::vector<std::vector<std::string>> rows = {
      {"WORKERS", "TIME", "MONEY", "PER_HOUR", "CONFIDENCE"}};
  const boost::json::array tiers = ListAt(estimate, "tiers");
  for (const boost::json::value& row : tiers) {
    const bool has_time = !FieldText(row, "seconds").empty();
    const bool has_money = !FieldText(row, "money").empty();
    rows.push_back(
        {FieldText(row, "replicas"),
         has_time ? insight::ExactDurationText(NumberAt(row, "seconds")) : "not known",
         has_money ? MoneyText(NumberAt(row, "money"), FieldText(whole, "currency")) : "not known",
         FieldText(row, "perHourText"), FieldText(row, "confidence")});
  }
  return out + "\n" + AlignTable(rows) +
         Lines("How it was reckoned", ListAt(estimate, "assumptions")) +
         Lines("What it cannot know", ListAt(estimate, "notKnown"));
}

std::string EstimateText(const insight::EstimateReport& report) {
  const boost::json::object json = report.Json();
  const insight::EstimateInput& input = report.input();
  const std::string unit = input.runs.empty() ? "step" : input.runs[0].unit;
  std::string out = std::to_string(input.steps) + " " + unit + "s (" + input.steps_source +
                    ") in region " + FieldText(json, "region") + ", price list " +
                    FieldText(json, "priceList") + "\n";
  for (const insight::MeasuredRun& run : input.runs) {
    out += "Measured " + run.where + " on " + run.tier + ": " +
           std::to_string(run.speed.last_step) + " " + unit + "s in " +
           insight::ExactDurationText(run.seconds) + ", " +
           FixedText(run.speed.steps_per_second(), 2) + " " + unit + "s/s (spread " +
           Percent(run.speed.spread) + ")\n";
  }
  std::vector<std::vector<std::string>> rows = {
      {"TIER", "REPLICAS", "TIME", "MONEY", "PER_HOUR", "CONFIDENCE", "NOTE"}};
  const std::string currency = FieldText(json, "currency");
  for (const insight::TierEstimate& row : report.tiers()) {
    std::string note = row.is_cheapest && row.is_fastest ? "cheapest, fastest"
                       : row.is_cheapest                 ? "cheapest"
                       : row.is_fastest                  ? "fastest"
                                                         : "";
    const std::string more = row.source != insight::kByTheModel ? row.source
                             : report.base_shape().replicas > 1 ? "reckoned back from a cluster"
                             : row.replicas > 1                 ? "at best"
                                                                : "";
    note += (note.empty() || more.empty() ? "" : "; ") + more;
    rows.push_back({row.tier, row.replicas > 0 ? std::to_string(row.replicas) : "",
                    row.seconds ? insight::ExactDurationText(*row.seconds) : "not known",
                    row.money ? MoneyText(*row.money, currency) : "not known", row.per_hour_text,
                    row.confidence, note});
  }
  const std::vector<std::string> assumptions = report.Assumptions();
  const std::vector<std::string> unknowns = report.Unknowns();
  out += "\n" + AlignTable(rows) + "\nHow it was reckoned\n";
  for (const std::string& line : assumptions) out += "  " + line + "\n";
  out += "\nWhat it cannot know\n";
  for (const std::string& line : unknowns) out += "  " + line + "\n";
  return out;
}

}  // namespace mlengine::cli
