// ServingLoader: a version is ready when its files are whole and, where a runtime here can serve
// it, its model server has loaded it.
#pragma once

#include "serving/file_loader.h"
#include "serving/model_servers.h"

namespace mlengine::serving {

class ServingLoader final : public Loader {
 public:
  ServingLoader(FileLoader& files, ModelServers& servers) : files_(files), servers_(servers) {}
  Status Load(const ServedVersion& version) override;
  void Unload(const ServedVersion& version) override { servers_.Unload(version); }

 private:
  FileLoader& files_;
  ModelServers& servers_;
};

}  // namespace mlengine::serving
