// GET /mlengine/v1/projects/P/models/M/versions/V/signature: what can be asked of a version.
#pragma once

#include "engine_api/serving_handler.h"
#include "net/router.h"

namespace mlengine::engine_api {

// {"model":"m","version":"v1","answeredBy":"tensorflow","signatures":[{"name":"serving_default",
// "isDefault":true,"inputs":[{"name":"x","dtype":"float32","shape":[-1,3]}],"outputs":[…],
// "text":"x float32[-1, 3] -> y float32[-1, 2]"}]}
// The one that is default answers a request that names none. "shape" is null where the model does
// not say it. What Python answers for has no signatures: "instance" and "answer" say in words what
// it takes and gives. No process need run. NOT_FOUND, FAILED_PRECONDITION while its files are not
// there, UNIMPLEMENTED for a SavedModel in text, DATA_LOSS.
void RegisterSignatures(net::Router& router, const ServingDeps& deps);

}  // namespace mlengine::engine_api
