// Demand: what a job needs of a pool before it may start, and of its account. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/job_store.h"

namespace mlengine::scheduler {

// Equal replicas. Each takes one slot and its GPUs on one node.
struct ReplicaNeed {
  int replicas = 1;
  int gpus = 0;  // each
};

struct Demand {
  std::vector<ReplicaNeed> replicas = {{}};
  int tpus = 0;  // of all replicas; no pool has one
  // Whose quota the job uses, and how much of each quota: policy's order. Empty: none.
  std::string account = {};
  std::vector<std::int64_t> amounts = {};

  int slots() const;
  int gpus() const;
};

Demand DemandOf(const store::JobRecord& record);

}  // namespace mlengine::scheduler
