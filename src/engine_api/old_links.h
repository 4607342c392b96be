// The addresses of the original's console, so that changing the host in an old link is enough:
//
//   /mlengine/jobs/J?project=P     and below it, as /mlengine/jobs/J/charts/cpu
//   /ml/jobs/J?project=P           the earlier form
//   /mlengine/models?project=P     and /mlengine/models/M, …/M/versions/V
//   /logs?resource=T/job_id/J&project=P and /logs/viewer?…, as gcloud prints them; T is
//   ml_job or ml.googleapis.com
//
// The first two lead to the job's page (/charts/… to its charts), the third to the list of models
// or to the model's page, the last to the job's log. Without ?project=P it is the project
// "default".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/router.h"

namespace mlengine::engine_api {

// The job id in a log link's resource, "ml_job/job_id/J"; nothing when it names no job.
std::optional<std::string> JobOfLogResource(std::string_view resource);

// Adds the redirects. They do not look whether the job exists: its page says that.
void RegisterOldLinks(net::Router& router);

}  // namespace mlengine::engine_api
