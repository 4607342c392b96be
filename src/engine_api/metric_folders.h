// In which folders the event files of a job are looked for, and its replicas' resource samples.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "metrics/job_metrics.h"
#include "metrics/job_samples.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// The job-dir, whose runs have no name before them; then the folders that the program's arguments
// name (insight/event_folders.h), each called by its last part, or wholly where two have the same;
// then the working folders of the newest attempt's replicas, at most 64, called by their task.
// `jobs_dir` is DATA/jobs.
std::vector<metrics::EventFolder> MetricFolders(const store::JobRecord& record,
                                                const std::string& jobs_dir);

// The sample files of all attempts and restarts of the newest attempt's replicas: of at most 1000
// replicas, and the newest 16 files of each; called "resources/master-replica-0".
std::vector<metrics::SampleSource> SampleSources(const store::JobRecord& record,
                                                 const std::string& jobs_dir);

}  // namespace mlengine::engine_api
