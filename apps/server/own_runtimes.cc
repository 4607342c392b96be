#include "own_runtimes.h"

#include "base/file_system.h"

namespace mlengine::server {
namespace {

constexpr std::size_t kLargestFile = 1U << 20;

}  // namespace

Result<policy::RuntimeCatalog> LoadRuntimes(const std::string& runtimes_dir) {
  policy::RuntimeCatalog catalog = policy::RuntimeCatalog::BuiltIn();
  const std::string file = JoinPath(runtimes_dir, "catalog.yaml");
  const Result<std::string> yaml = RealFileSystem().Read(file, kLargestFile);
  if (yaml.status().code() == StatusCode::kNotFound) return catalog;
  if (!yaml.ok()) return yaml.status();
  MLENGINE_ASSIGN_OR_RETURN(const policy::RuntimeCatalog own,
                            policy::RuntimeCatalog::Parse(*yaml, file));
  catalog.Merge(own);
  return catalog;
}

}  // namespace mlengine::server
