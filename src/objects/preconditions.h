// The one judgement of Preconditions. Pure.
#pragma once

#include "base/status.h"
#include "objects/object_store.h"

namespace mlengine::objects {

// `live` is null when no such object exists. FAILED_PRECONDITION with the field "condition" names
// the first condition that does not hold.
Status CheckPreconditions(const Preconditions& conditions, const Object* live);

}  // namespace mlengine::objects
