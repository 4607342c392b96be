// Several requests as one run of the model, and its answer as theirs. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tensors/message.h"

namespace mlengine::serving {

// The instances of a request: the first dimension of all its feeds. Nothing when they differ, or
// there are none.
std::optional<std::int64_t> InstancesOf(const tensors::RunRequest& request);

// Alike for requests that can be one run: the same feeds with the same types and shapes but for the
// instances, the same fetches.
std::string KindOf(const tensors::RunRequest& request);

std::size_t BytesOf(const tensors::RunRequest& request);  // of its values

// `requests` are at least one, all of one kind.
tensors::RunRequest Joined(const std::vector<const tensors::RunRequest*>& requests);

// One answer for each of `instances`, in their order. Nothing when an output has not a row for each
// of them.
std::optional<std::vector<tensors::RunAnswer>> Parted(const tensors::RunAnswer& answer,
                                                      const std::vector<std::int64_t>& instances);

}  // namespace mlengine::serving
