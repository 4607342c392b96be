// The limits that a project's settings come to: the engine's defaults, a profile over them, and
// what was set by itself over both. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mlengine/engine/v1/quota_record.pb.h"
#include "policy/quota.h"

namespace mlengine::policy {

// The quota of create requests: it is the project's, in all regions, and no job holds any of it.
inline constexpr std::string_view kCreatesQuota = "creates-per-minute";

// For how many days the log of an ended job is kept, with its folders: the project's in all
// regions. Not a limit on work, but set and chosen with the limits.
inline constexpr std::string_view kLogDaysQuota = "log-days";

// Whether versions may be made whose load runs code that came with them: pickles and prediction
// routines. 0, unless it is set to unlimited; no profile brings it along.
inline constexpr std::string_view kPythonModelsQuota = "python-models";

// Limits that are chosen together. Nothing for an accelerator: what the pool has.
struct QuotaProfile {
  std::string_view name;         // "" for the defaults
  std::string_view description;  // a sentence
  std::int64_t vcpus = kUnlimited;
  std::int64_t creates_per_minute = kUnlimited;
  std::int64_t log_days = kUnlimited;
  bool accelerators_of_pool = true;
  std::vector<std::pair<std::string_view, std::int64_t>> accelerators = {};  // others: 0
  std::int64_t project_budget_hundredths = -1;                               // USD; -1: none
};

// The defaults, under the name "default", first.
const std::vector<QuotaProfile>& QuotaProfiles();
// "" is the default one; null for a name that is none.
const QuotaProfile* FindQuotaProfile(std::string_view name);

// `devices`: GPUs of the pool.
QuotaLimits LimitsOf(const engine::v1::ProjectQuotas& settings, const std::string& region,
                     std::int64_t devices);

// Days for which the log of an ended job is kept; kUnlimited: it stays.
std::int64_t LogDays(const engine::v1::ProjectQuotas& settings);

bool AllowsPythonModels(const engine::v1::ProjectQuotas& settings);

// One line of a list of quotas.
struct QuotaLine {
  std::string quota;
  std::string region;  // "" for what is the project's in all regions
  std::int64_t limit = kUnlimited;
  // "set", "profile", "default" or "pool": where the limit comes from.
  std::string source;
};
std::vector<QuotaLine> QuotaLines(const engine::v1::ProjectQuotas& settings,
                                  const std::string& region, std::int64_t devices);

// Changes one setting. `limit` is a whole number, "unlimited", or "default", which takes the
// setting away; `region` "" means all regions that have no setting of their own. INVALID_ARGUMENT
// says what is wrong, with the nearest name.
Status SetQuota(engine::v1::ProjectQuotas& settings, const std::string& quota,
                const std::string& region, const std::string& limit);
// Takes the profile and drops the quotas that were set by themselves; budgets stay.
// INVALID_ARGUMENT names the profiles.
Status SetQuotaProfile(engine::v1::ProjectQuotas& settings, const std::string& profile);

}  // namespace mlengine::policy
