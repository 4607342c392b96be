// What a job has used by a moment or on a day, in whole hundredths, so that parts add up to what
// the job itself shows. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "mlengine/engine/v1/job_record.pb.h"
#include "policy/price_book.h"

namespace mlengine::policy {

struct Spent {
  std::int64_t units = 0;  // hundredths of an ML unit
  std::int64_t money = 0;  // hundredths of the currency of the job's list

  friend bool operator==(const Spent&, const Spent&) = default;
};
Spent operator+(Spent a, Spent b);
Spent operator-(Spent a, Spent b);

// The beginning of the day, or of the month, of a moment; UTC. The month after.
Time DayOf(Time t);
Time MonthOf(Time t);
Time NextMonth(Time t);

class JobSpending {
 public:
  // Both outlive the object. NOT_FOUND, with a sentence, when the job's list is gone or has no
  // price for the job.
  static Result<JobSpending> Of(const PriceBook& book, const engine::v1::JobRecord& record,
                                Time now);

  const std::string& currency() const { return list_->currency; }
  // By `t` or by now, whichever is sooner.
  Spent Until(Time t) const;
  Spent UntilNow() const { return Until(now_); }
  // By the beginning of each day, or month, on which a replica lived. They add up to UntilNow().
  std::map<Time, Spent> ByDay() const;
  std::map<Time, Spent> ByMonth() const;

 private:
  JobSpending(const PriceList& list, const engine::v1::JobRecord& record, Time now);
  std::map<Time, Spent> By(Time (*period)(Time)) const;

  const PriceList* list_;
  const ml::v1::TrainingInput* input_;
  Time now_;
  std::vector<ReplicaLifetime> lifetimes_;
};

// "2.90 USD" of 290.
std::string HundredthsText(std::int64_t hundredths, const std::string& currency);

}  // namespace mlengine::policy
