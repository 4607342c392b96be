#include "serving/serving_loader.h"

namespace mlengine::serving {

Status ServingLoader::Load(const ServedVersion& version) {
  MLENGINE_RETURN_IF_ERROR(files_.Load(version));
  const Status loaded = servers_.Load(version);
  // What this machine lacks, or has too little of now, is no fault of the model.
  if (loaded.code() == StatusCode::kFailedPrecondition ||
      loaded.code() == StatusCode::kResourceExhausted)
    return OkStatus();
  return loaded;
}

}  // namespace mlengine::serving
