#include "policy/quota_settings.h"

#include <algorithm>
#include <utility>

#include "base/nearest_word.h"
#include "base/number_text.h"
#include "policy/regions.h"

namespace mlengine::policy {
namespace {

using engine::v1::ProjectQuotas;
using engine::v1::QuotaSetting;

// PREMIUM_1 needs 408.
constexpr std::int64_t kUsualVcpus = 450;
constexpr std::int64_t kOriginalCreates = 60;
constexpr std::int64_t kFreeLogDays = 7;
constexpr std::int64_t kPaidLogDays = 30;
constexpr std::int64_t kFreeCredit = 300'00;
constexpr std::int64_t kLargestLimit = 1'000'000'000;
constexpr std::size_t kLongestShown = 64;

const std::vector<std::pair<std::string_view, std::int64_t>>& OriginalAccelerators() {
  static const std::vector<std::pair<std::string_view, std::int64_t>> accelerators = {
      {"k80", 30}, {"p100", 30}, {"v100", 8}, {"p4", 8}, {"t4", 6}};
  return accelerators;
}

const QuotaSetting* FindSetting(const ProjectQuotas& settings, std::string_view quota,
                                const std::string& region) {
  const QuotaSetting* everywhere = nullptr;
  for (const QuotaSetting& one : settings.quotas()) {
    if (one.quota() != quota) continue;
    if (one.region() == region) return &one;
    if (one.region().empty()) everywhere = &one;
  }
  return everywhere;
}

std::int64_t LimitOf(const QuotaSetting& setting) {
  return setting.limit() < 0 ? kUnlimited : setting.limit();
}

bool IsTpu(const Quota& quota) {
  return quota.name.starts_with("tpu");
}

const QuotaProfile& ProfileOf(const ProjectQuotas& settings) {
  const QuotaProfile* profile = FindQuotaProfile(settings.profile());
  return profile == nullptr ? QuotaProfiles().front() : *profile;
}

struct Limit {
  std::int64_t most = kUnlimited;
  std::string source;
};

Limit LimitFor(const ProjectQuotas& settings, const Quota& quota, const std::string& region,
               std::int64_t devices) {
  if (const QuotaSetting* set = FindSetting(settings, quota.name, region))
    return {LimitOf(*set), "set"};
  const QuotaProfile& profile = ProfileOf(settings);
  const std::string source = settings.profile().empty() ? "default" : "profile";
  if (quota.name == "jobs") return {kUnlimited, source};
  if (quota.name == "vcpus") return {profile.vcpus, source};
  if (profile.accelerators_of_pool) return {IsTpu(quota) ? 0 : devices, "pool"};
  for (const auto& [name, most] : profile.accelerators) {
    if (name == quota.name) return {most, source};
  }
  return {0, source};
}

Limit CreatesLimit(const ProjectQuotas& settings) {
  if (const QuotaSetting* set = FindSetting(settings, kCreatesQuota, ""))
    return {LimitOf(*set), "set"};
  return {ProfileOf(settings).creates_per_minute,
          settings.profile().empty() ? "default" : "profile"};
}

Limit LogDaysLimit(const ProjectQuotas& settings) {
  if (const QuotaSetting* set = FindSetting(settings, kLogDaysQuota, ""))
    return {LimitOf(*set), "set"};
  return {ProfileOf(settings).log_days, settings.profile().empty() ? "default" : "profile"};
}

Limit PythonModelsLimit(const ProjectQuotas& settings) {
  if (const QuotaSetting* set = FindSetting(settings, kPythonModelsQuota, ""))
    return {LimitOf(*set), "set"};
  return {0, "default"};
}

bool IsOfAllRegions(const std::string& quota) {
  return quota == kCreatesQuota || quota == kLogDaysQuota || quota == kPythonModelsQuota;
}

std::vector<std::string> QuotaNames() {
  std::vector<std::string> names;
  for (const Quota& quota : Quotas()) names.emplace_back(quota.name);
  names.emplace_back(kCreatesQuota);
  names.emplace_back(kLogDaysQuota);
  names.emplace_back(kPythonModelsQuota);
  return names;
}

Status Unknown(const std::string& what, const std::string& word,
               const std::vector<std::string>& names) {
  const std::string near = NearestWord(word, names);
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return InvalidArgumentError(
      "\"" + word.substr(0, kLongestShown) + "\" is no " + what +
      (near.empty() ? "; there are: " + all : "; did you mean " + near + "?"));
}

// -1 for "unlimited".
Result<std::int64_t> ParseLimit(const std::string& text) {
  if (text == "unlimited") return -1;
  const std::int64_t limit = ToNumber<std::int64_t>(text).value_or(-1);
  if (limit < 0 || limit > kLargestLimit) {
    return InvalidArgumentError("\"" + text.substr(0, kLongestShown) +
                                "\" is no limit: a whole number from 0 to " +
                                std::to_string(kLargestLimit) + ", unlimited, or default");
  }
  return limit;
}

}  // namespace

const std::vector<QuotaProfile>& QuotaProfiles() {
  static const std::vector<QuotaProfile> profiles = [] {
    std::vector<QuotaProfile> all(5);
    all[0].name = "default";
    all[0].description =
        "450 vCPUs in each region; accelerators as the pool has them; logs for 7 days.";
    all[0].vcpus = kUsualVcpus;
    all[0].log_days = kFreeLogDays;
    all[1].name = "none";
    all[1].description = "No limit but the accelerators that the pool has.";
    all[2].name = "free";
    all[2].description =
        "As a free trial of the original: no accelerators, 300 USD for all jobs together, and logs "
        "for 7 days.";
    all[2].log_days = kFreeLogDays;
    all[2].vcpus = kUsualVcpus;
    all[2].accelerators_of_pool = false;
    all[2].project_budget_hundredths = kFreeCredit;
    all[3].name = "paid";
    all[3].description =
        "As a paid account of the original began: 450 vCPUs and some of each GPU, in each region, "
        "and logs for 30 days.";
    all[3].log_days = kPaidLogDays;
    all[3].vcpus = kUsualVcpus;
    all[3].accelerators_of_pool = false;
    all[3].accelerators = OriginalAccelerators();
    all[4] = all[3];
    all[4].name = "original";
    all[4].description = "As paid, with the original's rate: 60 create requests a minute.";
    all[4].creates_per_minute = kOriginalCreates;
    return all;
  }();
  return profiles;
}

const QuotaProfile* FindQuotaProfile(std::string_view name) {
  if (name.empty()) return &QuotaProfiles().front();
  const auto found = std::ranges::find(QuotaProfiles(), name, &QuotaProfile::name);
  return found == QuotaProfiles().end() ? nullptr : &*found;
}

QuotaLimits LimitsOf(const ProjectQuotas& settings, const std::string& region,
                     std::int64_t devices) {
  QuotaLimits limits;
  for (const Quota& quota : Quotas()) {
    const Limit limit = LimitFor(settings, quota, region, devices);
    limits.most.push_back(limit.most);
    limits.is_pool.push_back(limit.source == "pool");
  }
  limits.devices = devices;
  limits.creates_per_minute = CreatesLimit(settings).most;
  return limits;
}

std::int64_t LogDays(const ProjectQuotas& settings) {
  return LogDaysLimit(settings).most;
}

bool AllowsPythonModels(const ProjectQuotas& settings) {
  return PythonModelsLimit(settings).most != 0;
}

std::vector<QuotaLine> QuotaLines(const ProjectQuotas& settings, const std::string& region,
                                  std::int64_t devices) {
  std::vector<QuotaLine> lines;
  for (const Quota& quota : Quotas()) {
    const Limit limit = LimitFor(settings, quota, region, devices);
    lines.push_back({std::string(quota.name), region, limit.most, limit.source});
  }
  const Limit creates = CreatesLimit(settings);
  lines.push_back({std::string(kCreatesQuota), "", creates.most, creates.source});
  const Limit days = LogDaysLimit(settings);
  lines.push_back({std::string(kLogDaysQuota), "", days.most, days.source});
  const Limit models = PythonModelsLimit(settings);
  lines.push_back({std::string(kPythonModelsQuota), "", models.most, models.source});
  return lines;
}

Status SetQuota(ProjectQuotas& settings, const std::string& quota, const std::string& region,
                const std::string& limit) {
  const std::vector<std::string> names = QuotaNames();
  if (std::ranges::find(names, quota) == names.end()) return Unknown("quota", quota, names);
  if (!region.empty() && !IsTrainingRegion(region))
    return Unknown("region", region, TrainingRegions());
  if (!region.empty() && IsOfAllRegions(quota))
    return InvalidArgumentError(quota +
                                " is the project's in all regions; set it without a region");
  std::int64_t number = 0;
  if (limit != "default") {
    MLENGINE_ASSIGN_OR_RETURN(number, ParseLimit(limit));
    if (number == 0 && quota == kLogDaysQuota)
      return InvalidArgumentError("log-days must be at least 1: a log is read after its job ends");
    if (number > 0 && quota == kPythonModelsQuota) {
      return InvalidArgumentError(
          "python-models is 0, which refuses models that run code of their own, or unlimited, "
          "which allows them");
    }
  }
  auto& list = *settings.mutable_quotas();
  for (int i = list.size() - 1; i >= 0; --i) {
    if (list[i].quota() == quota && list[i].region() == region) list.DeleteSubrange(i, 1);
  }
  if (limit == "default") return OkStatus();
  QuotaSetting* added = settings.add_quotas();
  added->set_quota(quota);
  added->set_region(region);
  added->set_limit(number);
  return OkStatus();
}

Status SetQuotaProfile(ProjectQuotas& settings, const std::string& profile) {
  if (profile.empty() || FindQuotaProfile(profile) == nullptr) {
    std::vector<std::string> names;
    for (const QuotaProfile& one : QuotaProfiles()) names.emplace_back(one.name);
    return Unknown("profile", profile, names);
  }
  settings.set_profile(profile == "default" ? "" : profile);
  settings.clear_quotas();
  return OkStatus();
}

}  // namespace mlengine::policy
