// The phases of a job as an OpenTelemetry trace, in the JSON form of OTLP that collectors and trace
// viewers take: one span for the job, below it "queued" and one for each attempt, below an attempt
// its replicas, one span for each restart, and below these staging, environment, exec, first_line
// and "program". Pure.
//
//   GET /mlengine/v1/projects/{p}/jobs/{j}/trace
//
// Ids are made from the job's name and creation, so that the same job always gives the same trace.
// Spans that have not ended yet end at the moment of the question and have mlengine.unfinished.
#pragma once

#include <string>

#include "base/clock.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

std::string JobTraceJson(const store::JobRecord& record, Time now);

// Both outlive the router.
void RegisterTraces(net::Router& router, store::JobStore& store, const Clock& clock);

}  // namespace mlengine::engine_api
