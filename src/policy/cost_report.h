// CostReport: what many jobs have used, in groups, with totals. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/job_spending.h"

namespace mlengine::policy {

struct CostRow {
  std::string group;  // "STANDARD_1", "2018-01-02", "owner=me"; "" in a total
  std::string currency;
  std::int64_t jobs = 0;
  Spent spent;
};

class CostReport {
 public:
  // `group_by`: "tier"; "day", the days (UTC) on which the jobs' replicas lived; "label", a group
  // for each label, in all of which a job with several counts; "label=KEY", a group for each value
  // of that label. INVALID_ARGUMENT otherwise. `book` outlives the report.
  static Result<CostReport> Make(std::string_view group_by, const PriceBook& book, Time now);

  void Add(const engine::v1::JobRecord& record);

  // By group, then currency. A group and currency is there once.
  std::vector<CostRow> Rows() const { return Sorted(groups_); }
  // By currency; each job counts once.
  std::vector<CostRow> Totals() const { return Sorted(totals_); }
  // Sentences: of jobs that have no price, and of labels that overlap.
  std::vector<std::string> Notes() const;

 private:
  enum class By { kTier, kDay, kLabel };
  using Sums = std::map<std::pair<std::string, std::string>, CostRow>;

  CostReport(By by, std::string label, const PriceBook& book, Time now)
      : by_(by), label_(std::move(label)), book_(&book), now_(now) {}
  static void Count(Sums& sums, const std::string& group, const std::string& currency,
                    const Spent& spent);
  static std::vector<CostRow> Sorted(const Sums& sums);
  std::vector<std::string> LabelsOf(const ml::v1::Job& job) const;

  By by_;
  std::string label_;
  const PriceBook* book_;
  Time now_;
  Sums groups_;
  Sums totals_;
  std::int64_t many_labels_ = 0;                  // jobs that count in several groups
  std::map<std::string, std::int64_t> unpriced_;  // jobs by the reason
};

}  // namespace mlengine::policy
