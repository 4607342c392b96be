#include "quotas/allowance.h"

namespace mlengine::quotas {

policy::QuotaLimits Allowance::LimitsNow(const std::string& project,
                                         const std::string& region) const {
  return policy::LimitsOf(file_.Of(project), region, devices_);
}

Status Allowance::CheckJob(const std::string& project, const ml::v1::Job& job, Time now) const {
  static_cast<void>(now);
  const ml::v1::TrainingInput& input = job.training_input();
  return policy::CheckQuota(project, input.region(), policy::AmountsOf(input),
                            LimitsNow(project, input.region()));
}

Status Allowance::CheckNewJob(const std::string& project, const ml::v1::Job& job, Time now) {
  MLENGINE_RETURN_IF_ERROR(rate_.Take(project, LimitsNow(project, "").creates_per_minute, now));
  return CheckJob(project, job, now);
}

}  // namespace mlengine::quotas
