#include "scheduler/demand.h"

#include "policy/cluster.h"
#include "policy/job_work.h"
#include "policy/quota.h"

namespace mlengine::scheduler {

int Demand::slots() const {
  int sum = 0;
  for (const ReplicaNeed& need : replicas) sum += need.replicas;
  return sum;
}

int Demand::gpus() const {
  int sum = 0;
  for (const ReplicaNeed& need : replicas) sum += need.replicas * need.gpus;
  return sum;
}

Demand DemandOf(const store::JobRecord& record) {
  Demand demand;
  demand.replicas.clear();
  for (const policy::ReplicaGroup& group : policy::ClusterOf(policy::WorkOf(record))) {
    demand.replicas.push_back({group.count, policy::GpusOf(group.machine)});
    demand.tpus += group.count * policy::TpusOf(group.machine);
  }
  const ml::v1::TrainingInput& input = policy::WorkOf(record);
  demand.account = policy::QuotaAccountOf(record.project(), input.region());
  demand.amounts = policy::AmountsOf(input);
  return demand;
}

}  // namespace mlengine::scheduler
