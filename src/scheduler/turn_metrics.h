// What a turn of the reconciler tells Prometheus:
//
//   mlengine_scheduler_turn_seconds   how long the turns take
//   mlengine_pool_slots, mlengine_pool_slots_held    of the pool, and of these held by jobs
//   mlengine_pool_gpus, mlengine_pool_gpus_held, mlengine_pool_gpus_quarantined
//   mlengine_queue_jobs               jobs that wait for room
//   mlengine_queue_head_seconds       how long the first of them has waited; 0 when none does
#pragma once

#include <chrono>

#include "base/clock.h"
#include "scheduler/pool_room.h"
#include "scheduler/unfinished_jobs.h"
#include "telemetry/metrics.h"

namespace mlengine::scheduler {

// `quarantined`: GPUs of the pool that nobody may take now.
void ShowTurn(telemetry::Metrics& metrics, const UnfinishedJobs& jobs, const Node& pool,
              int quarantined, std::chrono::duration<double> took, Time now);

}  // namespace mlengine::scheduler
