// CopyModel: a SavedModel from object storage to a local folder.
#pragma once

#include <string>

#include "base/status.h"
#include "batch/gs_client.h"

namespace mlengine::batch {

// `uri` is the gs:// folder with saved_model.pb; `folder` is made anew. FAILED_PRECONDITION when
// there is no SavedModel, or it has more than 1000 files or 10 GiB.
Status CopyModel(GsClient& client, const std::string& uri, const std::string& folder);

}  // namespace mlengine::batch
