// How a model's requests are shared among its versions, and what else its owner set. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "mlengine/engine/v1/model_record.pb.h"

namespace mlengine::policy {

// OK, or INVALID_ARGUMENT with one violation per wrong field ("traffic[0].percent"). `versions` are
// the short names that the model has.
Status ValidateServingSettings(const engine::v1::ServingSettings& settings,
                               const std::vector<std::string>& versions);

// The version for a request that names none, "" for the default one. Of any hundred requests in a
// row (`number` counts them) each version has exactly its percent, spread evenly.
std::string VersionForRequest(const engine::v1::ServingSettings& settings, std::uint64_t number);

// Whether a request is kept, by its number: evenly spread, exactly the percent in the long run.
bool KeepsRequest(const engine::v1::RequestLogging& logging, std::uint64_t number);

}  // namespace mlengine::policy
