#include "store/model_store.h"

namespace mlengine::store {

ResourceKey ModelKey(const std::string& project, const std::string& model) {
  return {ResourceKind::kModel, project, "", model};
}

ResourceKey VersionKey(const std::string& project, const std::string& model,
                       const std::string& version) {
  return {ResourceKind::kVersion, project, model, version};
}

ResourceKey OperationKey(const std::string& project, const std::string& operation) {
  return {ResourceKind::kOperation, project, "", operation};
}

ResourceKey PolicyKey(const std::string& project, const std::string& collection,
                      const std::string& name) {
  return {ResourceKind::kPolicy, project, collection, name};
}

}  // namespace mlengine::store
