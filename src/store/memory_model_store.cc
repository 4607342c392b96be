#include "store/memory_model_store.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "store/record_row.h"
#include "store/resource_row.h"

namespace mlengine::store {
namespace {

using Rows = std::map<ResourceKey, StoredResource>;

bool IsIn(const ResourceKey& key, ResourceKind kind, const std::string& project,
          const std::string& parent) {
  return key.kind == kind && key.project == project && key.parent == parent;
}

void SortBySequence(std::vector<StoredResource>& rows) {
  std::sort(rows.begin(), rows.end(), [](const StoredResource& a, const StoredResource& b) {
    return a.sequence < b.sequence;
  });
}

class Transaction final : public ModelTransaction {
 public:
  Transaction(Rows rows, std::int64_t sequence) : rows_(std::move(rows)), sequence_(sequence) {}

  Result<StoredResource> Get(const ResourceKey& key) override {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return NoSuchResource(key);
    return found->second;
  }
  Result<std::int64_t> Count(ResourceKind kind, const std::string& project,
                             const std::string& parent) override {
    return std::count_if(rows_.begin(), rows_.end(),
                         [&](const auto& row) { return IsIn(row.first, kind, project, parent); });
  }
  Result<std::vector<StoredResource>> All(ResourceKind kind, const std::string& project,
                                          const std::string& parent) override {
    std::vector<StoredResource> found;
    for (const auto& [key, row] : rows_) {
      if (IsIn(key, kind, project, parent)) found.push_back(row);
    }
    SortBySequence(found);
    return found;
  }
  Status Create(const ResourceKey& key, const ResourceRecord& record) override {
    MLENGINE_RETURN_IF_ERROR(CheckRecord(key, record));
    if (rows_.contains(key)) return ResourceExists(key);
    rows_[key] = {key, record, 1, ++sequence_};
    changed_.push_back(key);
    return OkStatus();
  }
  Status Put(const ResourceKey& key, const ResourceRecord& record) override {
    MLENGINE_RETURN_IF_ERROR(CheckRecord(key, record));
    const auto found = rows_.find(key);
    if (found == rows_.end()) return NoSuchResource(key);
    if (ResourceBytes(found->second.record) == ResourceBytes(record)) return OkStatus();
    found->second.record = record;
    ++found->second.version;
    changed_.push_back(key);
    return OkStatus();
  }
  Status Remove(const ResourceKey& key) override {
    if (rows_.erase(key) == 0) return NoSuchResource(key);
    changed_.push_back(key);
    return OkStatus();
  }

  Rows rows_;
  std::int64_t sequence_;
  std::vector<ResourceKey> changed_;
};

class MemoryModelStore final : public ModelStore {
 public:
  Status Change(const std::function<Status(ModelTransaction&)>& change) override {
    std::vector<ResourceKey> changed;
    {
      const std::lock_guard writing(change_mutex_);
      Transaction transaction(Copy(), last_sequence_);
      MLENGINE_RETURN_IF_ERROR(change(transaction));
      const std::lock_guard lock(mutex_);
      rows_ = std::move(transaction.rows_);
      last_sequence_ = transaction.sequence_;
      changed = std::move(transaction.changed_);
    }
    listeners_.Tell(changed);
    return OkStatus();
  }

  Result<StoredResource> Get(const ResourceKey& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end()) return NoSuchResource(key);
    return found->second;
  }

  Result<ListResourcesPage> List(const ListResourcesQuery& query) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(query.page_size));
    MLENGINE_ASSIGN_OR_RETURN(const ResourcePlace place, DecodeResourceToken(query));
    std::vector<StoredResource> rows;  // by name, as the map is
    for (const auto& [key, row] : Copy()) {
      if (IsIn(key, query.kind, query.project, query.parent) && key.name > place.after_name &&
          row.sequence < place.before_sequence) {
        rows.push_back(row);
      }
    }
    if (query.kind == ResourceKind::kOperation) {
      SortBySequence(rows);
      std::reverse(rows.begin(), rows.end());
    }
    ListResourcesPage page;
    for (StoredResource& row : rows) {
      if (query.filter && !query.filter(row)) continue;
      if (static_cast<int>(page.resources.size()) == query.page_size) {
        page.next_page_token = EncodeResourceToken(query, page.resources.back());
        break;
      }
      page.resources.push_back(std::move(row));
    }
    return page;
  }

  Result<std::vector<StoredResource>> ListOpenOperations() override {
    return Those([](const StoredResource& row) { return IsOpenOperation(row.record); });
  }
  Result<std::vector<StoredResource>> ListVersions() override {
    return Those([](const StoredResource& row) { return row.key.kind == ResourceKind::kVersion; });
  }

  std::int64_t Subscribe(std::function<void(const ResourceKey&)> listener) override {
    return listeners_.Add(std::move(listener));
  }
  void Unsubscribe(std::int64_t id) override { listeners_.Remove(id); }

 private:
  Rows Copy() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  std::vector<StoredResource> Those(const std::function<bool(const StoredResource&)>& wanted) {
    std::vector<StoredResource> found;
    for (const auto& [key, row] : Copy()) {
      if (wanted(row)) found.push_back(row);
    }
    SortBySequence(found);
    return found;
  }

  std::mutex change_mutex_;  // held before mutex_
  std::mutex mutex_;
  Rows rows_;  // guarded by mutex_
  std::int64_t last_sequence_ = 0;
  ResourceListeners listeners_;
};

}  // namespace

std::unique_ptr<ModelStore> NewMemoryModelStore() {
  return std::make_unique<MemoryModelStore>();
}

}  // namespace mlengine::store
