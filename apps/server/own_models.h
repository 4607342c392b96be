// The models of this server: their store, what makes their versions ready, and the worker between
// the two.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "data_folder.h"
#include "objects/object_store.h"
#include "serving/file_loader.h"
#include "serving/version_worker.h"
#include "store/model_store.h"
#include "upkeep/disk_watch.h"

namespace mlengine::server {

struct OwnModelsParts {
  const DataFolder& data;  // all outlive the models
  objects::ObjectStore& objects;
  upkeep::DiskWatch& disk;
  const Clock& clock;
};

class OwnModels {
 public:
  // In state.db of the folder, which the job store has opened; its worker runs until the models go,
  // and what is under way then goes on at the next start. The errors of OpenSqliteModelStore.
  static Result<std::unique_ptr<OwnModels>> Open(const OwnModelsParts& parts);

  store::ModelStore& store() { return *store_; }
  // Whether the files of a new version can be taken; the status is the answer to its creation.
  Status CheckDeployment(const ml::v1::Version& version);

 private:
  explicit OwnModels(const OwnModelsParts& parts);

  const OwnModelsParts parts_;
  serving::FileLoader loader_;
  std::unique_ptr<store::ModelStore> store_;
  std::unique_ptr<serving::VersionWorker> worker_;  // last: it uses what is above
};

}  // namespace mlengine::server
