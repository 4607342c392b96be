// GET and PATCH /mlengine/v1/projects/P/models/M/serving: how a model is served, and how that is
// changed. GET /mlengine/v1/projects/P/serving: how the models of a project are, in short.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/router.h"
#include "serving/model_servers.h"
#include "store/model_store.h"

namespace mlengine::engine_api {

struct ServingDeps {
  store::ModelStore* models = nullptr;  // outlives the router
  std::function<std::vector<serving::ModelServers::VersionView>()> versions;
  // Whether a bucket of that name is there, for the folder of a request log.
  std::function<bool(const std::string& bucket)> has_bucket;
  // DATA/models/…: the folder of a version, as the views name it.
  std::function<std::string(const store::StoredResource& version)> folder_of;
};

// {"model":"m","defaultVersion":"v1","settings":{…},"versions":[…]} (serving_view.h), versions by
// name. A PATCH has what is to change of "traffic", "requestLogging" (null: none) and
// "separateRuns"; its answer is the same. NOT_FOUND, INVALID_ARGUMENT with violations.
//
// Of a project: {"models":[{"model":"m","description":"…","defaultVersion":"v1","versions":[…]}],
// "nextPageToken":"…"}, models by name, pageSize of them (1 to 200, 50 if not given) from pageToken
// on; each version in short (serving_view.h).
void RegisterServing(net::Router& router, const ServingDeps& deps);

}  // namespace mlengine::engine_api
