// FileObjectStore: buckets as folders and objects as plain files below one folder; layout and
// escapes in docs/formats/object_layout.md. A file that a user drops into a bucket's folder is an
// object.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "objects/object_store.h"

namespace mlengine::objects {

// `folder` is made when missing. What a crash left half-written is removed. The clock outlives the
// store.
Result<std::unique_ptr<ObjectStore>> OpenFileObjectStore(const std::string& folder,
                                                         const Clock& clock);

}  // namespace mlengine::objects
