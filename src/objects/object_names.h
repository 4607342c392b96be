// The rules for names of buckets and objects, and for gs:// addresses. Pure.
#pragma once

#include <string_view>

#include "base/status.h"

namespace mlengine::objects {

// 3 to 63 characters (to 222 with dots, each part to 63) of a-z, 0-9, '-', '_', '.'; begins and
// ends with a letter or digit; no address of IPv4; not a name of the server's own doors.
// INVALID_ARGUMENT says which rule is broken.
Status CheckBucketName(std::string_view name);

// 1 to 1024 bytes of UTF-8 without NUL, carriage return and line feed.
Status CheckObjectName(std::string_view name);

bool IsUtf8(std::string_view text);

}  // namespace mlengine::objects
