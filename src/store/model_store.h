// ModelStore: models, their versions, operations and access policies of every project, durably. It
// decides nothing: it keeps records, numbers changes and wakes those who wait for one.
// Implementations: sqlite_model_store.h, memory_model_store.h; one contract suite runs against
// both. Thread-safe; changes answer only when they would survive a power cut.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mlengine/engine/v1/model_record.pb.h"

namespace mlengine::store {

using ResourceRecord = engine::v1::ResourceRecord;

// Their numbers reach disk and are never renumbered; each is the oneof's case of its records.
enum class ResourceKind { kModel = 1, kVersion = 2, kOperation = 3, kPolicy = 4 };

struct ResourceKey {
  ResourceKind kind = ResourceKind::kModel;
  std::string project;
  std::string parent;  // of a version its model, of a policy "models" or "jobs", else ""
  std::string name;
  friend bool operator==(const ResourceKey&, const ResourceKey&) = default;
  friend auto operator<=>(const ResourceKey&, const ResourceKey&) = default;
};

ResourceKey ModelKey(const std::string& project, const std::string& model);
ResourceKey VersionKey(const std::string& project, const std::string& model,
                       const std::string& version);
ResourceKey OperationKey(const std::string& project, const std::string& operation);
// `collection` is "models" or "jobs".
ResourceKey PolicyKey(const std::string& project, const std::string& collection,
                      const std::string& name);

struct StoredResource {
  ResourceKey key;
  ResourceRecord record;
  std::int64_t version = 0;   // grows by one with each change of that record
  std::int64_t sequence = 0;  // place in the order of creation; no two records ever had the same
};

struct ListResourcesQuery {
  ResourceKind kind = ResourceKind::kModel;
  std::string project = {};
  std::string parent = {};
  // Only those for which this returns true. Unset: all.
  std::function<bool(const StoredResource&)> filter = {};
  int page_size = 20;           // at least 1, else INVALID_ARGUMENT
  std::string page_token = {};  // opaque, from the last page; INVALID_ARGUMENT when it is not one
};

struct ListResourcesPage {
  std::vector<StoredResource> resources;  // by name; operations newest first
  std::string next_page_token;            // "" at the end
};

// What a change reads and writes; what it wrote is what it reads.
class ModelTransaction {
 public:
  virtual ~ModelTransaction() = default;
  virtual Result<StoredResource> Get(const ResourceKey& key) = 0;  // NOT_FOUND
  virtual Result<std::int64_t> Count(ResourceKind kind, const std::string& project,
                                     const std::string& parent) = 0;
  // All of them, oldest first.
  virtual Result<std::vector<StoredResource>> All(ResourceKind kind, const std::string& project,
                                                  const std::string& parent) = 0;
  virtual Status Create(const ResourceKey& key,
                        const ResourceRecord& record) = 0;  // ALREADY_EXISTS
  // NOT_FOUND. A record left equal is not written and keeps its version.
  virtual Status Put(const ResourceKey& key, const ResourceRecord& record) = 0;
  virtual Status Remove(const ResourceKey& key) = 0;  // NOT_FOUND
};

class ModelStore {
 public:
  virtual ~ModelStore() = default;

  // Runs `change` and writes all of what it wrote, or, when it returns an error, nothing. It may
  // run more than once, one at a time with every other change.
  virtual Status Change(const std::function<Status(ModelTransaction&)>& change) = 0;

  virtual Result<StoredResource> Get(const ResourceKey& key) = 0;  // NOT_FOUND
  virtual Result<ListResourcesPage> List(const ListResourcesQuery& query) = 0;
  // Operations that are not done, of all projects, oldest first.
  virtual Result<std::vector<StoredResource>> ListOpenOperations() = 0;
  // Every version of all projects, oldest first.
  virtual Result<std::vector<StoredResource>> ListVersions() = 0;

  // Change feed: `listener` is called once for each record that a committed change wrote or
  // removed, on the thread of the change; it must be quick and must not call the store. Returns an
  // id for Unsubscribe, after which it is not called any more.
  virtual std::int64_t Subscribe(std::function<void(const ResourceKey&)> listener) = 0;
  virtual void Unsubscribe(std::int64_t id) = 0;
};

}  // namespace mlengine::store
