// Quotas: what a job uses of what its project may use at once in a region, and the check of a new
// job against the most that is allowed. What is free now is the planner's matter. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "mlengine/ml/v1/job.pb.h"

namespace mlengine::policy {

inline constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

// A kind of thing that is counted.
struct Quota {
  std::string_view name;  // "jobs", "vcpus", "k80", "tpu-v2": on our doors and in the command line
  // "K80", as the original's messages have it; "" for what is no accelerator.
  std::string_view accelerator;
};

// All of them, in the order of every vector of amounts below: jobs, vcpus, then the accelerators by
// name.
const std::vector<Quota>& Quotas();
inline constexpr std::size_t kJobsQuota = 0;
inline constexpr std::size_t kVcpusQuota = 1;

// One number for each of Quotas().
using QuotaAmounts = std::vector<std::int64_t>;

struct QuotaLimits {
  QuotaAmounts most;  // kUnlimited where there is no limit
  // By each of Quotas(): nobody set a limit for this accelerator, so that all such together may be
  // as many as the pool has.
  std::vector<bool> is_pool;
  std::int64_t devices = 0;  // GPUs of the pool; any serves any NVIDIA type
  std::int64_t creates_per_minute = kUnlimited;
};

// What a job with this input holds while it has room, all replicas counted. Of an input that
// ValidateNewJob found right.
QuotaAmounts AmountsOf(const ml::v1::TrainingInput& input);

// RESOURCE_EXHAUSTED, in the original's words and with a violation for each sentence, whose field
// is the project, when the job could not start even if nothing else ran.
Status CheckQuota(const std::string& project, const std::string& region,
                  const QuotaAmounts& amounts, const QuotaLimits& limits);

// For the planner: jobs of one account share its limits.
std::string QuotaAccountOf(const std::string& project, const std::string& region);

// "450", "unlimited".
std::string LimitText(std::int64_t limit);
// "16 vCPUs", "1 job", "2 K80 accelerators".
std::string AmountText(const Quota& quota, std::int64_t amount);

}  // namespace mlengine::policy
