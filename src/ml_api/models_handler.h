// projects.models, projects.models.versions, projects.operations, and the access policies of models
// and jobs.
#pragma once

#include "ml_api/model_deps.h"
#include "net/router.h"

namespace mlengine::ml_api {

void RegisterModels(net::Router& router, const ModelDeps& deps);
void RegisterOperations(net::Router& router, const ModelDeps& deps);
void RegisterIam(net::Router& router, const ModelDeps& deps);

}  // namespace mlengine::ml_api
