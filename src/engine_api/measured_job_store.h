// MeasuredJobStore: a job store that tells Prometheus what happens to the jobs and how long the
// store takes. It changes nothing.
//
//   mlengine_store_seconds{operation}        time of each call
//   mlengine_store_errors_total{operation}   calls that failed for want of disk, memory or sense
//   mlengine_job_state_changes_total{state}  jobs that came into a state, a created one too
//   mlengine_job_phase_seconds{phase}        of each attempt, as in job_phases.h
//   mlengine_attempts_total{outcome}         attempts that ended
#pragma once

#include <memory>

#include "store/job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::engine_api {

// `metrics` outlives the answer.
std::unique_ptr<store::JobStore> MeasuredJobStore(std::unique_ptr<store::JobStore> store,
                                                  telemetry::Metrics& metrics);

}  // namespace mlengine::engine_api
