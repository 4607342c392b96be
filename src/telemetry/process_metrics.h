// What this process takes of its machine, under the names that Prometheus's own clients use:
// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_threads, process_start_time_seconds; and mlengine_build_info with the version.
#pragma once

#include <string>

#include "telemetry/metrics.h"

namespace mlengine::telemetry {

// They are read from /proc with each Render. What cannot be read is left out.
void ShowProcess(Metrics& metrics, const std::string& version);

}  // namespace mlengine::telemetry
