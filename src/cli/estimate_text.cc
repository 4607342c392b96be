#include "cli/estimate_text.h"

#include <boost/json.hpp>
#include <cstdio>
#include <vector>

#include "cli/output.h"

namespace mlengine::cli {
namespace {

std::string Number(double number, int decimals) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", decimals, number);
  return text;
}

std::string Percent(double share) {
  return Number(share * 100, 0) + " %";
}

// Cents, or four decimals where they would hide most of it.
std::string MoneyText(double money, const std::string& currency) {
  return Number(money, money > 0 && money < 0.1 ? 4 : 2) + " " + currency;
}

}  // namespace

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
           insight::EstimatedTimeText(run.seconds) + ", " +
           Number(run.speed.steps_per_second(), 2) + " " + unit + "s/s (spread " +
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
                    row.seconds ? insight::EstimatedTimeText(*row.seconds) : "not known",
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
