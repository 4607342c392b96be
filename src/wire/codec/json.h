// Proto3 JSON as Google serves it: lowerCamel out, both spellings in, int64 as strings, RFC 3339
// "Z", durations "3.5s", enums by name, defaults left out. Strict where the protobuf library is
// lenient: no trailing comma, single quotes, duplicate keys; depth at most 32.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "base/status.h"

namespace mlengine::wire {

// INVALID_ARGUMENT with one violation per wrong place, its field the path as the caller wrote it:
// `Invalid JSON payload received. Unknown name "workerCont" at 'training_input': Cannot find
// field.`
Status FromJson(std::string_view text, google::protobuf::Message& out);

// An empty message is "{}".
std::string ToJson(const google::protobuf::Message& message);

}  // namespace mlengine::wire
