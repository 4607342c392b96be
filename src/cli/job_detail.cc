#include "cli/job_detail.h"

#include <boost/json.hpp>

#include "cli/output.h"

namespace mlengine::cli {

boost::json::object JobDetail(Api& api, const std::string& job) {
  const Result<boost::json::value> detail = api.Json("GET", api.OwnPath({"jobs", job}));
  return detail.ok() && detail->is_object() ? detail->get_object() : boost::json::object();
}

std::vector<std::string> PriceLines(const boost::json::object& detail) {
  const auto price = [&](const char* field) {
    return FieldText(detail, "price." + std::string(field));
  };
  if (!price("unknown").empty()) return {"price    not known: " + price("unknown")};
  if (price("text").empty()) return {};
  std::vector<std::string> lines = {"price    " + price("text") + " (list " + price("list") +
                                    ", region " + price("region") + ")"};
  if (!price("cheapest.text").empty()) {
    lines.push_back("cheaper  " + price("cheapest.text") + " in region " +
                    price("cheapest.region"));
  }
  return lines;
}

std::string CostText(const boost::json::object& detail) {
  const std::string unknown = FieldText(detail, "price.unknown");
  if (!unknown.empty()) return "not known: " + unknown;
  const std::string used = FieldText(detail, "price.used.text");
  if (used.empty()) return "";
  return used + " at " + FieldText(detail, "price.text") + " (list " +
         FieldText(detail, "price.list") + ")";
}

std::vector<std::string> BudgetTexts(const boost::json::object& detail) {
  std::vector<std::string> texts;
  const boost::json::value* budgets = detail.if_contains("budgets");
  if (budgets == nullptr || !budgets->is_array()) return texts;
  for (const boost::json::value& one : budgets->get_array())
    texts.push_back(FieldText(one, "text"));
  return texts;
}

}  // namespace mlengine::cli
