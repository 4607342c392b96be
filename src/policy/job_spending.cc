#include "policy/job_spending.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "policy/job_work.h"
#include "policy/replica_lifetimes.h"

namespace mlengine::policy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

year_month MonthIn(Time t) {
  const year_month_day day(floor<days>(t));
  return day.year() / day.month();
}

Time BeginningOf(year_month month) {
  return sys_days(month / 1);
}

std::int64_t Hundredths(double value) {
  return std::llround(value * 100);
}

}  // namespace

Spent operator+(Spent a, Spent b) {
  return {a.units + b.units, a.money + b.money};
}
Spent operator-(Spent a, Spent b) {
  return {a.units - b.units, a.money - b.money};
}

Time DayOf(Time t) {
  return floor<days>(t);
}
Time MonthOf(Time t) {
  return BeginningOf(MonthIn(t));
}
Time NextMonth(Time t) {
  return BeginningOf(MonthIn(t) + std::chrono::months(1));
}

JobSpending::JobSpending(const PriceList& list, const engine::v1::JobRecord& record, Time now)
    : list_(&list), input_(&WorkOf(record)), now_(now), lifetimes_(LifetimesOf(record, now)) {}

Result<JobSpending> JobSpending::Of(const PriceBook& book, const engine::v1::JobRecord& record,
                                    Time now) {
  MLENGINE_ASSIGN_OR_RETURN(const PriceList* list, book.ListOfJob(record.price_list()));
  const ml::v1::TrainingInput& input = WorkOf(record);
  MLENGINE_RETURN_IF_ERROR(list->RateOf(input, input.region()).status());
  return JobSpending(*list, record, now);
}

Spent JobSpending::Until(Time t) const {
  std::vector<ReplicaLifetime> lives;
  for (const ReplicaLifetime& life : lifetimes_) {
    if (life.start < t) lives.push_back({life.role, life.start, std::min(life.end, t)});
  }
  const Result<Consumption> used = list_->Consumed(*input_, input_->region(), lives);
  return used.ok() ? Spent{Hundredths(used->units), Hundredths(used->money)} : Spent{};
}

std::map<Time, Spent> JobSpending::By(Time (*period)(Time)) const {
  std::map<Time, Spent> parts;
  for (const ReplicaLifetime& life : lifetimes_) {
    for (Time day = DayOf(life.start); day < life.end; day += days(1)) parts[period(day)];
  }
  Spent before;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const auto next = std::next(part);
    // Nothing is used between two periods that are not neighbours.
    const Spent by_then = next == parts.end() ? UntilNow() : Until(next->first);
    part->second = by_then - before;
    before = by_then;
  }
  return parts;
}

std::map<Time, Spent> JobSpending::ByDay() const {
  return By(DayOf);
}

std::map<Time, Spent> JobSpending::ByMonth() const {
  return By(MonthOf);
}

std::string HundredthsText(std::int64_t hundredths, const std::string& currency) {
  return MoneyText(static_cast<double>(hundredths) / 100, currency);
}

}  // namespace mlengine::policy
