// Proto3 JSON as Google serves it: lowerCamel out, both spellings in, int64 as strings, RFC 3339
// "Z", durations "3.5s", enums by name, defaults left out. Strict where the protobuf library is
// lenient: no trailing comma, single quotes, duplicate keys; depth at most 32.
#pragma once

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "base/status.h"

namespace mlengine::wire {

// Replaces `out`. `root` is where the message sits in the call's request, "job" for the body of
// jobs.create; "" when the body is the request itself.
//
// INVALID_ARGUMENT with one violation per wrong place, all of them at once (the first 50), in
// Google's words, the field being the path in snake_case:
//   Invalid JSON payload received. Unknown name "workerCont" at 'job.training_input': Cannot find
//   field.
//   Invalid value at 'job.training_input.worker_count' (TYPE_INT64), "many"
// Text that is not JSON has no violations; its message shows the place (strict_json.h). `out` is
// empty after an error.
Status FromJson(std::string_view text, google::protobuf::Message& out, std::string_view root = {});

// Puts a message of api/mlengine/ml/v1, or one of protobuf's own, into an Any as clients know it:
// "type.googleapis.com/google.cloud.ml.v1.Version".
void PackAny(const google::protobuf::Message& message, google::protobuf::Any& any);

// An empty message is "{}". Equal messages give equal text: the entries of maps are sorted by key.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace mlengine::wire
