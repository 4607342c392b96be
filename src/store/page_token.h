// The opaque page tokens of List: bound to the project and to the place where the page ended.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace mlengine::store {

// The page ended before the job with this creation sequence.
std::string EncodePageToken(const std::string& project, std::int64_t before_sequence);
// INVALID_ARGUMENT for text that is no token, or one of another project.
Result<std::int64_t> DecodePageToken(const std::string& project, const std::string& token);

}  // namespace mlengine::store
