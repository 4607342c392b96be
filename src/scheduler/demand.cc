#include "scheduler/demand.h"

#include "policy/cluster.h"
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
  for (const policy::ReplicaGroup& group : policy::ClusterOf(record.job().training_input())) {
    demand.replicas.push_back({group.count, policy::GpusOf(group.machine)});
    demand.tpus += group.count * policy::TpusOf(group.machine);
  }
  const ml::v1::TrainingInput& input = record.job().training_input();
  demand.account = policy::QuotaAccountOf(record.project(), input.region());
  demand.amounts = policy::AmountsOf(input);
  return demand;
}

}  // namespace mlengine::scheduler
