#include "policy/quota_waiting.h"

#include <algorithm>
#include <utility>

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

// The first that have some of it, and how many more there are.
std::pair<std::string, std::size_t> NamesAlone(const std::vector<QuotaHolder>& holders,
                                               std::size_t index) {
  std::string out;
  std::size_t count = 0;
  for (const QuotaHolder& holder : holders) {
    if (holder.amounts[index] == 0) continue;
    if (count < kNamed) out += (count == 0 ? "" : ", ") + holder.name;
    ++count;
  }
  return {out, count - std::min(count, kNamed)};
}

// A quota may be set higher than what there is.
void TellDevices(const QuotaAmounts& amounts, const QuotaLimits& limits, std::vector<Reason>& out) {
  std::int64_t gpus = 0;
  std::string asked;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const Quota& quota = Quotas()[i];
    if (quota.accelerator.empty() || amounts[i] == 0) continue;
    if (quota.name.starts_with("tpu") || limits.devices == 0) {
      out.push_back({"It asks for " + AmountText(quota, amounts[i]) +
                         "; no pool has such a device, so it waits until one has.",
                     "NO_DEVICE",
                     {{"quota", std::string(quota.name)}, {"n", LimitText(amounts[i])}}});
      continue;
    }
    gpus += amounts[i];
    asked +=
        (asked.empty() ? "" : ", ") + LimitText(amounts[i]) + " " + std::string(quota.accelerator);
  }
  if (gpus > limits.devices) {
    out.push_back({"It asks for " + asked + " accelerators, more than the " +
                       std::to_string(limits.devices) + (limits.devices == 1 ? " GPU" : " GPUs") +
                       " that the pool has, so it waits until there are as many.",
                   "TOO_FEW_DEVICES",
                   {{"asked", asked}, {"gpus", std::to_string(limits.devices)}}});
  }
}

std::int64_t UsedOf(const std::vector<QuotaHolder>& holders, std::size_t index) {
  std::int64_t used = 0;
  for (const QuotaHolder& holder : holders) used += holder.amounts[index];
  return used;
}

}  // namespace

bool QuotaHasRoom(const QuotaAmounts& amounts, const QuotaLimits& limits,
                  const std::vector<QuotaHolder>& holders) {
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (amounts[i] == 0 || limits.most[i] == kUnlimited) continue;
    if (amounts[i] > limits.most[i] - UsedOf(holders, i)) return false;
  }
  return true;
}

std::vector<Reason> WhyQuotaWaits(const QuotaAmounts& amounts, const QuotaLimits& limits,
                                  const std::vector<QuotaHolder>& holders,
                                  const std::string& project, const std::string& region) {
  std::vector<Reason> out;
  TellDevices(amounts, limits, out);
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const std::int64_t most = limits.most[i];
    // Where nobody set a limit it is the pool's devices that are waited for.
    if (amounts[i] == 0 || most == kUnlimited || limits.is_pool[i]) continue;
    const Quota& quota = Quotas()[i];
    std::vector<std::pair<std::string, std::string>> values = {{"quota", std::string(quota.name)},
                                                               {"n", LimitText(amounts[i])},
                                                               {"project", project},
                                                               {"region", region},
                                                               {"limit", LimitText(most)}};
    if (amounts[i] > most) {  // lowered since it was created
      out.push_back({"It asks for " + AmountText(quota, amounts[i]) +
                         ", and the quota of project " + project + " in " + region + " is " +
                         LimitText(most) + " now, so it waits until that is raised.",
                     "QUOTA_TOO_LOW", std::move(values)});
      continue;
    }
    const std::int64_t used = UsedOf(holders, i);
    if (amounts[i] <= most - std::min(used, most)) continue;
    const auto [names, more] = NamesAlone(holders, i);
    const std::string free = LimitText(std::max<std::int64_t>(0, most - used));
    values.insert(values.end(), {{"free", free}, {"jobs", names}, {"more", std::to_string(more)}});
    out.push_back({"It needs " + AmountText(quota, amounts[i]) + ". Of the quota of project " +
                       project + " in " + region + ", " + AmountText(quota, most) + ", " + free +
                       " can be had now; held by " + Names(holders, i) + ".",
                   "QUOTA_TAKEN", std::move(values)});
  }
  return out;
}

}  // namespace mlengine::policy
