#include "scheduler/turn_metrics.h"

#include <algorithm>

#include "scheduler/demand.h"

namespace mlengine::scheduler {
namespace {

double HeadWait(const UnfinishedJobs& jobs, Time now) {
  QueueWalk walk(jobs.waiting());
  const WaitingJob* head = walk.Next();
  if (head == nullptr) return 0;
  const Nanoseconds created(jobs.Record(head->key).create_time_ns());
  // A clock that was set back makes no wait negative.
  return std::max(0.0, std::chrono::duration<double>(now - Time(created)).count());
}

}  // namespace

void ShowTurn(telemetry::Metrics& metrics, const UnfinishedJobs& jobs, const Node& pool,
              int quarantined, std::chrono::duration<double> took, Time now) {
  int slots = 0;
  int gpus = 0;
  for (const auto& [rank, key] : jobs.started()) {
    const Demand demand = DemandOf(jobs.Record(key));
    slots += demand.slots();
    gpus += demand.gpus();
  }
  const auto show = [&metrics](const char* name, const char* help, double value) {
    metrics.Set(name, help, {}, value);
  };
  metrics.ObserveSeconds("mlengine_scheduler_turn_seconds", "Time of a turn of the scheduler.", {},
                         took.count());
  show("mlengine_pool_slots", "Replicas that the pool may run at once.", pool.slots);
  show("mlengine_pool_slots_held", "Slots that started jobs hold.", slots);
  show("mlengine_pool_gpus", "GPUs of the pool.", pool.gpus);
  show("mlengine_pool_gpus_held", "GPUs that started jobs hold.", gpus);
  show("mlengine_pool_gpus_quarantined", "GPUs that no job may take now.", quarantined);
  show("mlengine_queue_jobs", "Jobs that wait for room.",
       static_cast<double>(jobs.waiting().size()));
  show("mlengine_queue_head_seconds", "How long the first in the queue has waited.",
       HeadWait(jobs, now));
}

}  // namespace mlengine::scheduler
