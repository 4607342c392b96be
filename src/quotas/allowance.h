// Allowance: what the projects may use and spend, as everybody else asks for it. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/quota_settings.h"
#include "quotas/create_rate.h"
#include "quotas/quota_file.h"

namespace mlengine::quotas {

class Allowance {
 public:
  // `devices`: GPUs of the pool. `file` outlives the object.
  Allowance(QuotaFile& file, std::int64_t devices) : file_(file), devices_(devices) {}

  QuotaFile& file() const { return file_; }
  std::int64_t devices() const { return devices_; }

  // The limits that hold now.
  policy::QuotaLimits LimitsNow(const std::string& project, const std::string& region) const;

  // Whether a job that passed ValidateNewJob may be created, not counting the request: for plans
  // and for CheckNewJob. RESOURCE_EXHAUSTED otherwise.
  Status CheckJob(const std::string& project, const ml::v1::Job& job, Time now) const;
  // The same for a create request, which counts for the project's rate.
  Status CheckNewJob(const std::string& project, const ml::v1::Job& job, Time now);

 private:
  QuotaFile& file_;
  const std::int64_t devices_;
  CreateRate rate_;
};

}  // namespace mlengine::quotas
