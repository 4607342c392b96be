#include "own_runtimes.h"

#include "base/file_system.h"
#include "policy/runtime_catalog.h"

namespace mlengine::server {
namespace {

constexpr std::size_t kLargestFile = 1U << 20;

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

}  // namespace

Result<std::unique_ptr<runtimes::RuntimeStore>> OpenRuntimes(const Options& options,
                                                             const DataFolder& data) {
  const std::string folder =
      options.runtimes_dir.empty() ? data.Sub("runtimes") : options.runtimes_dir;
  MLENGINE_ASSIGN_OR_RETURN(policy::RuntimeCatalog catalog, LoadRuntimes(folder));
  return runtimes::OpenRuntimeStore(folder, std::move(catalog));
}

}  // namespace mlengine::server
