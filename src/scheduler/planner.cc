#include "scheduler/planner.h"

namespace mlengine::scheduler {

std::vector<Admission> PlanAdmissions(const std::vector<Waiting>& waiting,
                                      const std::vector<Holding>& holding, int slots) {
  int used = 0;
  for (const Holding& job : holding) used += job.replicas;
  std::vector<Admission> admissions;
  for (const Waiting& job : waiting) {
    const bool larger_than_pool = job.replicas > slots;
    if (larger_than_pool ? used > 0 : used + job.replicas > slots) break;
    admissions.push_back({job.key, larger_than_pool});
    used += job.replicas;
  }
  return admissions;
}

}  // namespace mlengine::scheduler
