// Planner: which waiting jobs may start now. Pure: a snapshot in, decisions out.
#pragma once

#include <vector>

#include "store/job_store.h"

namespace mlengine::scheduler {

// A job that wants room. Replicas are counted in slots: one each.
struct Waiting {
  store::JobKey key;
  int replicas = 1;
};

// A job that holds room, from its admission until its end is stored.
struct Holding {
  store::JobKey key;
  int replicas = 1;
};

struct Admission {
  store::JobKey key;
  // The job has more replicas than the pool has slots: it runs alone, its replicas share the
  // machine's time.
  bool time_shared = false;
};

// In the given order (the higher priority, then the older, first). The first job that does not fit,
// the head, keeps its turn: a job behind it is admitted only into slots that the head could not use
// however the jobs that hold room end, so it never starts later for them. A job larger than the
// whole pool is admitted when nothing else holds room, and keeps the pool to itself.
std::vector<Admission> PlanAdmissions(const std::vector<Waiting>& waiting,
                                      const std::vector<Holding>& holding, int slots);

}  // namespace mlengine::scheduler
