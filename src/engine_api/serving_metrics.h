// What Prometheus is told of predictions.
#pragma once

#include <functional>
#include <vector>

#include "serving/model_servers.h"
#include "telemetry/metrics.h"

namespace mlengine::engine_api {

// Asked at each scrape. Counters of a version that is made anew under an old name go on from the
// old ones.
void ShowServing(telemetry::Metrics& metrics,
                 std::function<std::vector<serving::ModelServers::VersionView>()> versions);

}  // namespace mlengine::engine_api
