#include "own_models.h"

#include "base/file_system.h"
#include "serving/deployment.h"
#include "store/sqlite_model_store.h"

namespace mlengine::server {

OwnModels::OwnModels(const OwnModelsParts& parts) : parts_(parts), loader_(RealFileSystem()) {}

Result<std::unique_ptr<OwnModels>> OwnModels::Open(const OwnModelsParts& parts) {
  std::unique_ptr<OwnModels> models(new OwnModels(parts));
  MLENGINE_ASSIGN_OR_RETURN(
      models->store_,
      store::OpenSqliteModelStore(parts.data.Sub("state.db"),
                                  {.make_room = [&disk = parts.disk] { return disk.MakeRoom(); },
                                   .program = "mlengine " MLENGINE_VERSION}));
  models->worker_ = std::make_unique<serving::VersionWorker>(
      serving::WorkerParts{*models->store_, parts.objects, models->loader_, RealFileSystem(),
                           parts.clock},
      serving::WorkerOptions{.folder = parts.data.Sub("models"),
                             .accept_bytes = [&disk = parts.disk](std::uint64_t bytes) {
                               return disk.AcceptWork(bytes);
                             }});
  models->worker_->Start();
  return models;
}

Status OwnModels::CheckDeployment(const ml::v1::Version& version) {
  MLENGINE_ASSIGN_OR_RETURN(const serving::Deployment deployment,
                            serving::ListDeployment(parts_.objects, version));
  MLENGINE_RETURN_IF_ERROR(serving::FrameworkOf(version, deployment).status());
  return parts_.disk.AcceptWork(deployment.bytes);
}

}  // namespace mlengine::server
