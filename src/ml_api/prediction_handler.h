// projects.predict of models and versions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mlengine/engine/v1/model_record.pb.h"
#include "net/router.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

// The answer's body to a request's body, of a version that is READY.
using PredictFunction = std::function<Result<std::string>(
    const std::string& project, const std::string& model, const engine::v1::VersionRecord& version,
    std::string_view body)>;

// Longest body of a request in bytes, as the original's.
constexpr std::size_t kPredictBodyLimit = 3U << 19;  // 1.5 MiB

// `models` outlives the router.
void RegisterPrediction(net::Router& router, store::ModelStore& models,
                        const PredictFunction& predict);

}  // namespace mlengine::ml_api
