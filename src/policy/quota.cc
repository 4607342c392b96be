#include "policy/quota.h"

#include <algorithm>
#include <utility>

#include "policy/cluster.h"

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;

constexpr std::string_view kReadMore =
    " To read more about Cloud ML Engine quota, see https://cloud.google.com/ml-engine/quotas.";

// The place of an accelerator in Quotas(); 0, that of no accelerator, for one without a quota.
std::size_t IndexOf(AcceleratorConfig::Type type) {
  std::string_view name = AcceleratorConfig::Type_Name(type);
  constexpr std::string_view kMaker = "NVIDIA_TESLA_";
  if (name.starts_with(kMaker)) name.remove_prefix(kMaker.size());
  const auto found = std::ranges::find(Quotas(), name, &Quota::accelerator);
  return found == Quotas().end() ? 0 : static_cast<std::size_t>(found - Quotas().begin());
}

bool IsAccelerator(std::size_t index) {
  return !Quotas()[index].accelerator.empty();
}

// "0 A100, 2 K80, …"; only those of which there are any, unless `all`.
std::string Accelerators(const QuotaAmounts& amounts, bool all) {
  std::string text;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (!IsAccelerator(i) || (!all && amounts[i] == 0)) continue;
    text += (text.empty() ? "" : ", ") + LimitText(amounts[i]) + " " +
            std::string(Quotas()[i].accelerator);
  }
  return text;
}

bool AcceleratorsFit(const QuotaAmounts& amounts, const QuotaLimits& limits) {
  std::int64_t of_pool = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (!IsAccelerator(i)) continue;
    if (amounts[i] > limits.most[i]) return false;
    if (limits.is_pool[i]) of_pool += amounts[i];
  }
  return of_pool <= limits.devices;
}

}  // namespace

const std::vector<Quota>& Quotas() {
  static const std::vector<Quota> quotas = {
      {"jobs", ""},
      {"vcpus", ""},
      {"a100", "A100"},
      {"k80", "K80"},
      {"p100", "P100"},
      {"p4", "P4"},
      {"t4", "T4"},
      {"tpu-v2", "TPU_V2"},
      {"tpu-v2-pod", "TPU_V2_POD"},
      {"tpu-v3", "TPU_V3"},
      {"tpu-v3-pod", "TPU_V3_POD"},
      {"v100", "V100"},
  };
  return quotas;
}

QuotaAmounts AmountsOf(const ml::v1::TrainingInput& input) {
  QuotaAmounts amounts(Quotas().size(), 0);
  amounts[kJobsQuota] = 1;
  for (const ReplicaGroup& group : ClusterOf(input)) {
    amounts[kVcpusQuota] += std::int64_t{group.count} * group.machine.vcpus;
    const std::size_t index = IndexOf(group.machine.accelerator);
    if (IsAccelerator(index))
      amounts[index] += std::int64_t{group.count} * group.machine.accelerators;
  }
  return amounts;
}

Status CheckQuota(const std::string& project, const std::string& region,
                  const QuotaAmounts& amounts, const QuotaLimits& limits) {
  std::vector<FieldViolation> violations;
  for (const std::size_t index : {kJobsQuota, kVcpusQuota}) {
    if (amounts[index] <= limits.most[index]) continue;
    violations.push_back({project, "The request for " +
                                       AmountText(Quotas()[index], amounts[index]) +
                                       " exceeds the allowed maximum of " +
                                       AmountText(Quotas()[index], limits.most[index]) +
                                       " in region " + region + "."});
  }
  if (!AcceleratorsFit(amounts, limits)) {
    violations.push_back({project, "The request for " + Accelerators(amounts, false) +
                                       " accelerators exceeds the allowed maximum of " +
                                       Accelerators(limits.most, true) + " accelerators."});
  }
  if (violations.empty()) return OkStatus();
  std::string message = "Quota failure for project " + project + ".";
  for (const FieldViolation& violation : violations) message += " " + violation.description;
  return ResourceExhaustedError(message + std::string(kReadMore))
      .WithViolations(std::move(violations));
}

std::string QuotaAccountOf(const std::string& project, const std::string& region) {
  return project + "/" + region;
}

std::string LimitText(std::int64_t limit) {
  return limit == kUnlimited ? "unlimited" : std::to_string(limit);
}

std::string AmountText(const Quota& quota, std::int64_t amount) {
  const std::string number = LimitText(amount) + " ";
  const std::string end = amount == 1 ? "" : "s";
  if (!quota.accelerator.empty())
    return number + std::string(quota.accelerator) + " accelerator" + end;
  return number + (quota.name == "vcpus" ? "vCPU" : "job") + end;
}

}  // namespace mlengine::policy
