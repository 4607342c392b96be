// projects.predict and explain of models and versions, and rawPredict at our own door.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ml_api/served_version.h"
#include "net/router.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

// The answer's body to a request's body. ABORTED when the version is not served any more.
using PredictFunction =
    std::function<Result<std::string>(const std::string& project, const std::string& model,
                                      const ServedVersion& version, std::string_view body)>;

// Longest body of a request in bytes, as the original's.
constexpr std::size_t kPredictBodyLimit = 3U << 19;  // 1.5 MiB

// `models` outlives the router. The answer's header X-Mlengine-Version is the short name of the
// version that gave it. rawPredict is predict with HTTP status 400 for what the model refuses, as
// the successor's is. explain is UNIMPLEMENTED for every version that is there.
void RegisterPrediction(net::Router& router, store::ModelStore& models,
                        const PredictFunction& predict);

}  // namespace mlengine::ml_api
