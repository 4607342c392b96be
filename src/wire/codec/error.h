// The error body every API answers with, and the one table from canonical code to HTTP status.
#pragma once

#include <string>

#include "base/status.h"

namespace mlengine::wire {

// 400 for INVALID_ARGUMENT, 409 for ALREADY_EXISTS and ABORTED, 501 for UNIMPLEMENTED …; 200 for
// OK.
int HttpStatus(StatusCode code);

// {"error":{"code":409,"message":…,"status":"ALREADY_EXISTS","details":[{"@type":…BadRequest,"fieldViolations":…}]}};
// details only when the status carries violations; QuotaFailure instead of BadRequest for
// RESOURCE_EXHAUSTED; a violation without a field has none in the list. Bytes that are not UTF-8
// become U+FFFD.
std::string ErrorBody(const Status& status);

}  // namespace mlengine::wire
