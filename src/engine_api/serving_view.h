// How a model is served, as JSON: its settings, and the figures of its versions.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <vector>

#include "mlengine/engine/v1/model_record.pb.h"
#include "serving/model_servers.h"
#include "store/model_store.h"

namespace mlengine::engine_api {

// {"traffic":[{"version":"v2","percent":10}],"requestLogging":{"folder":"gs://…","samplePercent":1},
// "separateRuns":false}
boost::json::object SettingsJson(const engine::v1::ServingSettings& settings);

// {"version":"v1","state":"READY","isDefault":true,"processes":[{"pid":1,"memoryBytes":"…",
// "requests":0}],"requests":0,"waiting":0,"totals":{"answered":"…","refused":"…",…},
// "instances":"…","latency":{"p50":…,"p95":…,"p99":…},"batches":{"runs":"…","meanInstances":…,
// "sharedRequests":"…"},"starts":"…","deaths":"…","lastUseTime":"…","traffic":[{"time":"…",
// "seconds":10,"requests":"…","errors":"…","p50":…,"p95":…}]}
// Times in seconds; counts since the server started. `view` is null for a version that nobody asked
// since; then the figures are zero.
boost::json::object VersionJson(const store::StoredResource& version, bool is_default,
                                const serving::ModelServers::VersionView* view);

// What a list of models shows: {"version":"v1","state":"READY","isDefault":true,"latency":{…},
// "lastHour":{"requests":"…","errors":"…"},"traffic":[…]}, the traffic of the minute before `now`.
boost::json::object VersionSummary(const store::StoredResource& version, bool is_default,
                                   const serving::ModelServers::VersionView* view,
                                   std::chrono::system_clock::time_point now);

}  // namespace mlengine::engine_api
