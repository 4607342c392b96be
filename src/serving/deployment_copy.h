// The copy of a deployment's files in the engine's own folder: what is served later does not depend
// on the bucket.
#pragma once

#include <functional>
#include <string>

#include "base/file_system.h"
#include "base/status.h"
#include "objects/object_store.h"
#include "serving/deployment.h"

namespace mlengine::serving {

// Makes the folder, which must not be there, with all files in it, each synced and held against the
// checksum of its object. `go_on` is asked after each piece; not OK ends the copy with it. What was
// made by then stays, for the caller to remove.
Status CopyDeployment(objects::ObjectStore& objects, const Deployment& deployment,
                      const std::string& folder, FileSystem& files,
                      const std::function<Status()>& go_on);

}  // namespace mlengine::serving
