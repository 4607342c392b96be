// A bucket's own metadata as text: the file %bucket, one JSON object, version 1. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "objects/object_store.h"

namespace mlengine::objects {

std::string EncodeBucket(const Bucket& bucket);
// The name is not in the text. DATA_LOSS for what EncodeBucket did not write.
Result<Bucket> DecodeBucket(std::string_view text);

// What a bucket has that was asked for without more.
inline constexpr std::string_view kDefaultLocation = "US-CENTRAL1";
inline constexpr std::string_view kDefaultStorageClass = "STANDARD";

}  // namespace mlengine::objects
