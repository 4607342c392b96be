#include "engine_api/drill_cost.h"

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "policy/job_work.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using Seconds = std::map<std::string, double>;

// The list rounds to cents, which is more than most drills cost: an hour is asked for a thousand
// times, and the money of a second is a part of it.
constexpr double kHours = 1000;

double Sum(const Seconds& seconds) {
  double sum = 0;
  for (const auto& [role, of_role] : seconds) sum += of_role;
  return sum;
}

Result<double> MoneyOf(const policy::PriceList& list, const ml::v1::TrainingInput& input,
                       const Seconds& seconds) {
  double money = 0;
  for (const auto& [role, of_role] : seconds) {
    const Time begin{};
    const Time end = begin + std::chrono::hours(static_cast<int>(kHours));
    MLENGINE_ASSIGN_OR_RETURN(const policy::Consumption used,
                              list.Consumed(input, input.region(), {{role, begin, end}}));
    money += used.money / kHours * of_role / 3600;
  }
  return money;
}

std::string Text(double money, const std::string& currency) {
  if (money > 0 && money < 0.00005) return "below 0.0001 " + currency;
  char text[64];
  std::snprintf(text, sizeof(text), money < 0.1 ? "%.4f " : "%.2f ", money);
  return text + currency;
}

double Round(double value, double digits) {
  return std::round(value * digits) / digits;
}

}  // namespace

json::object CostJson(const DrillCost& cost, const policy::PriceBook& prices,
                      const engine::v1::JobRecord& record) {
  json::object out{{"lostSeconds", cost.lost_seconds},
                   {"replicaSeconds", Round(Sum(cost.replica_seconds), 1e3)}};
  Seconds all = cost.replica_seconds;
  for (const auto& [role, seconds] : cost.waiting_seconds) all[role] += seconds;
  const ml::v1::TrainingInput& input = policy::WorkOf(record);
  const Result<const policy::PriceList*> list =
      prices.ListOfJob(record.price_list().empty() ? prices.Default().name : record.price_list());
  const Result<double> money =
      list.ok() ? MoneyOf(**list, input, cost.replica_seconds) : Result<double>(list.status());
  if (!money.ok()) {
    out["unknown"] = money.status().message();
    return out;
  }
  out["money"] = Round(*money, 1e6);
  out["currency"] = (*list)->currency;
  out["text"] = Text(*money, (*list)->currency);
  if (cost.waiting_seconds.empty()) return out;
  const double most = MoneyOf(**list, input, all).value_or(*money);
  out["ifOthersWaited"] = {{"replicaSeconds", Round(Sum(all), 1e3)},
                           {"money", Round(most, 1e6)},
                           {"text", Text(most, (*list)->currency)}};
  return out;
}

}  // namespace mlengine::engine_api
