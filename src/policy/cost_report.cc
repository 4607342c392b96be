#include "policy/cost_report.h"

#include <algorithm>

#include "base/nearest_word.h"
#include "policy/job_work.h"

namespace mlengine::policy {
namespace {

constexpr std::string_view kOneLabel = "label=";
constexpr char kNoLabel[] = "(none)";

std::string Jobs(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " job" : " jobs");
}

}  // namespace

Result<CostReport> CostReport::Make(std::string_view group_by, const PriceBook& book, Time now) {
  if (group_by.starts_with(kOneLabel) && group_by.size() > kOneLabel.size())
    return CostReport(By::kLabel, std::string(group_by.substr(kOneLabel.size())), book, now);
  if (group_by == "label") return CostReport(By::kLabel, "", book, now);
  if (group_by == "tier") return CostReport(By::kTier, "", book, now);
  if (group_by == "day") return CostReport(By::kDay, "", book, now);
  const std::string near = NearestWord(group_by, {"label", "tier", "day"});
  return InvalidArgumentError(
      "\"" + std::string(group_by.substr(0, 64)) + "\" is nothing to group by; " +
      (near.empty() ? "there are: label, label=KEY, tier, day" : "did you mean " + near + "?"));
}

void CostReport::Add(const engine::v1::JobRecord& record) {
  const Result<JobSpending> spending = JobSpending::Of(*book_, record, now_);
  if (!spending.ok()) {
    ++unpriced_[spending.status().message()];
    return;
  }
  const std::string& currency = spending->currency();
  const Spent all = spending->UntilNow();
  Count(totals_, "", currency, all);
  switch (by_) {
    case By::kTier: {
      using ml::v1::TrainingInput;
      Count(groups_, TrainingInput::ScaleTier_Name(WorkOf(record).scale_tier()), currency, all);
      break;
    }
    case By::kDay:
      for (const auto& [day, spent] : spending->ByDay())
        Count(groups_, FormatTimeSeconds(day).substr(0, 10), currency, spent);
      break;
    case By::kLabel: {
      const std::vector<std::string> labels = LabelsOf(record.job());
      if (labels.size() > 1) ++many_labels_;
      for (const std::string& label : labels) Count(groups_, label, currency, all);
      break;
    }
  }
}

std::vector<std::string> CostReport::LabelsOf(const ml::v1::Job& job) const {
  std::vector<std::string> labels;
  for (const auto& [key, value] : job.labels()) {
    if (label_.empty()) {
      labels.push_back(key + "=" + value);
    } else if (key == label_) {
      labels.push_back(value);
    }
  }
  if (labels.empty()) labels.emplace_back(kNoLabel);
  return labels;
}

void CostReport::Count(Sums& sums, const std::string& group, const std::string& currency,
                       const Spent& spent) {
  CostRow& row = sums[{group, currency}];
  row.group = group;
  row.currency = currency;
  ++row.jobs;
  row.spent = row.spent + spent;
}

std::vector<CostRow> CostReport::Sorted(const Sums& sums) {
  std::vector<CostRow> rows;
  for (const auto& [key, row] : sums) rows.push_back(row);
  return rows;
}

std::vector<std::string> CostReport::Notes() const {
  std::vector<std::string> notes;
  if (many_labels_ > 0) {
    notes.push_back(Jobs(many_labels_) +
                    " with several labels count in each of their groups, and once in the total.");
  }
  for (const auto& [reason, count] : unpriced_)
    notes.push_back(Jobs(count) + " not counted: " + reason);
  return notes;
}

}  // namespace mlengine::policy
