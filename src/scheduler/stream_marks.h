// Where the output of a job's running replicas stands: so that it can be told later whether the log
// lost or doubled any of it. Reads the spools' sizes and the log store; changes nothing.
#pragma once

#include <string>
#include <vector>

#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// Two marks, stdout and stderr, for each replica of the last attempt that runs. A stream that
// cannot be read now is left out. `jobs_dir` is the folder of the replicas' folders.
std::vector<engine::v1::StreamMark> MarksOf(logs::LogStore& logs, const std::string& jobs_dir,
                                            const store::JobRecord& record);

}  // namespace mlengine::scheduler
