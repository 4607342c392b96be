// What a batch prediction would take and cost: by what earlier ones of the same model took, else
// only its rate.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "engine_api/estimate_handler.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// In the form of an estimate of a training job, with "kind":"prediction": "steps" are kilobytes of
// the job's input, "measured" are jobs of the same model that SUCCEEDED, newest first, and "tiers"
// has one row, for as many workers as the job has. Without a measured one there is no time and no
// money in it, and "notKnown" says why.
Result<boost::json::object> EstimatePrediction(const EstimateDeps& deps,
                                               const store::JobRecord& record);

}  // namespace mlengine::engine_api
