// The cluster that a job asks for: its scale tier, or with CUSTOM its own counts and machine types,
// as groups of equal replicas. Pure.
#pragma once

#include <string>
#include <vector>

#include "mlengine/ml/v1/job.pb.h"
#include "policy/machine_types.h"
#include "policy/violations.h"

namespace mlengine::policy {

struct ReplicaGroup {
  std::string role;  // "master", "worker", "ps" or "evaluator"
  int count = 0;
  MachineType machine;  // with the accelerators that the job adds to it
};

// One violation for each thing that is wrong with the tier, the types, the counts and the
// accelerators.
void CheckCluster(const ml::v1::TrainingInput& input, Violations& wrong);

// Of an input that CheckCluster found right. The master comes first, its group has one replica;
// groups without replicas are left out.
std::vector<ReplicaGroup> ClusterOf(const ml::v1::TrainingInput& input);

// All replicas of all groups; at least 1.
int ReplicaCount(const ml::v1::TrainingInput& input);

// "complex_model_s": the machine of a replica of that role.
MachineType MachineOf(const ml::v1::TrainingInput& input, const std::string& role);

// The most replicas that one job may have.
inline constexpr int kReplicaLimit = 1000;

}  // namespace mlengine::policy
