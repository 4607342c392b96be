#include "scheduler/planner.h"

namespace mlengine::scheduler {
namespace {

// Slots that are left over at the moment when the head can start, whichever of the holders are
// still there then: the least that `slots` minus the head minus any sum of theirs can be.
int SpareBehind(int head, const std::vector<int>& holders, int slots) {
  const int room = slots - head;
  if (room <= 0) return 0;
  std::vector<bool> reachable(static_cast<std::size_t>(room) + 1, false);  // sums up to `room`
  reachable[0] = true;
  for (const int held : holders) {
    for (int sum = room; sum >= held; --sum) {
      if (reachable[static_cast<std::size_t>(sum - held)])
        reachable[static_cast<std::size_t>(sum)] = true;
    }
  }
  int most = room;
  while (!reachable[static_cast<std::size_t>(most)]) --most;
  return room - most;
}

}  // namespace

std::vector<Admission> PlanAdmissions(const std::vector<Waiting>& waiting,
                                      const std::vector<Holding>& holding, int slots) {
  int used = 0;
  std::vector<int> holders;
  for (const Holding& job : holding) {
    used += job.replicas;
    holders.push_back(job.replicas);
  }
  std::vector<Admission> admissions;
  bool behind_head = false;
  int spare = 0;
  for (const Waiting& job : waiting) {
    const bool larger_than_pool = job.replicas > slots;
    const bool fits = larger_than_pool ? used == 0 : used + job.replicas <= slots;
    if (!behind_head && !fits) {
      behind_head = true;
      spare = SpareBehind(job.replicas, holders, slots);
      continue;
    }
    if (behind_head && (!fits || larger_than_pool || job.replicas > spare)) continue;
    admissions.push_back({job.key, larger_than_pool});
    used += job.replicas;
    holders.push_back(job.replicas);
    if (behind_head) spare -= job.replicas;
    if (used >= slots) break;
  }
  return admissions;
}

}  // namespace mlengine::scheduler
