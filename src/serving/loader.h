// Loader: makes a version ready to answer. The seam between the life of versions (version_worker.h)
// and what serves them.
#pragma once

#include <string>

#include "base/status.h"
#include "mlengine/ml/v1/model.pb.h"

namespace mlengine::serving {

struct ServedVersion {
  std::string project;
  std::string model;
  ml::v1::Version version;  // with its short name and its framework
  std::string folder;       // absolute; model/ and packages/ are in it, and are not changed
};

class Loader {
 public:
  virtual ~Loader() = default;
  // OK when the version can answer. An error is what keeps it from that, in words for the one who
  // made the model. May take long; one call at a time.
  virtual Status Load(const ServedVersion& version) = 0;
  // Before its files go: nothing uses them any more when this returns. Also for a version that was
  // never loaded, or not by this process.
  virtual void Unload(const ServedVersion& version) = 0;
};

}  // namespace mlengine::serving
