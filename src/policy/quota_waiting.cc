#include "policy/quota_waiting.h"

#include <algorithm>

namespace mlengine::policy {
namespace {

constexpr std::size_t kNamed = 5;

std::string Names(const std::vector<QuotaHolder>& holders, std::size_t index) {
  std::string out;
  std::size_t named = 0;
  std::size_t more = 0;
  for (const QuotaHolder& holder : holders) {
    if (holder.amounts[index] == 0) continue;
    if (named == kNamed) {
      ++more;
      continue;
    }
    out += (named++ == 0 ? "" : ", ") + holder.name + " (" + LimitText(holder.amounts[index]) + ")";
  }
  return more == 0 ? out : out + " and " + std::to_string(more) + " more";
}

// A quota may be set higher than what there is.
void TellDevices(const QuotaAmounts& amounts, const QuotaLimits& limits,
                 std::vector<std::string>& out) {
  std::int64_t gpus = 0;
  std::string asked;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const Quota& quota = Quotas()[i];
    if (quota.accelerator.empty() || amounts[i] == 0) continue;
    if (quota.name.starts_with("tpu") || limits.devices == 0) {
      out.push_back("It asks for " + AmountText(quota, amounts[i]) +
                    "; no pool has such a device, so it waits until one has.");
      continue;
    }
    gpus += amounts[i];
    asked +=
        (asked.empty() ? "" : ", ") + LimitText(amounts[i]) + " " + std::string(quota.accelerator);
  }
  if (gpus > limits.devices) {
    out.push_back("It asks for " + asked + " accelerators, more than the " +
                  std::to_string(limits.devices) + (limits.devices == 1 ? " GPU" : " GPUs") +
                  " that the pool has, so it waits until there are as many.");
  }
}

}  // namespace

std::vector<std::string> WhyQuotaWaits(const QuotaAmounts& amounts, const QuotaLimits& limits,
                                       const std::vector<QuotaHolder>& holders,
                                       const std::string& project, const std::string& region) {
  std::vector<std::string> out;
  TellDevices(amounts, limits, out);
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const std::int64_t most = limits.most[i];
    if (amounts[i] == 0 || most == kUnlimited) continue;
    const Quota& quota = Quotas()[i];
    if (amounts[i] > most) {  // lowered since it was created
      out.push_back("It asks for " + AmountText(quota, amounts[i]) + ", and the quota of project " +
                    project + " in " + region + " is " + LimitText(most) +
                    " now, so it waits until that is raised.");
      continue;
    }
    std::int64_t used = 0;
    for (const QuotaHolder& holder : holders) used += holder.amounts[i];
    if (amounts[i] <= most - std::min(used, most)) continue;
    out.push_back("It needs " + AmountText(quota, amounts[i]) + ". Of the quota of project " +
                  project + " in " + region + ", " + AmountText(quota, most) + ", " +
                  LimitText(std::max<std::int64_t>(0, most - used)) + " can be had now; held by " +
                  Names(holders, i) + ".");
  }
  return out;
}

}  // namespace mlengine::policy
