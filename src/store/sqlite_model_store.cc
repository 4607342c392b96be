#include "store/sqlite_model_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/crash_point.h"
#include "store/record_row.h"
#include "store/resource_row.h"
#include "store/resource_statements.h"
#include "store/sqlite_database.h"
#include "store/sqlite_schema.h"

namespace mlengine::store {
namespace {

// Rows read at once by a list.
constexpr int kChunk = 128;

class Transaction final : public ModelTransaction {
 public:
  explicit Transaction(ResourceStatements& statements) : statements_(statements) {}

  Result<StoredResource> Get(const ResourceKey& key) override { return statements_.Get(key); }
  Result<std::int64_t> Count(ResourceKind kind, const std::string& project,
                             const std::string& parent) override {
    return statements_.Count(kind, project, parent);
  }
  Result<std::vector<StoredResource>> All(ResourceKind kind, const std::string& project,
                                          const std::string& parent) override {
    return statements_.All(kind, project, parent);
  }
  Status Create(const ResourceKey& key, const ResourceRecord& record) override {
    MLENGINE_RETURN_IF_ERROR(CheckRecord(key, record));
    if (const auto old = statements_.Get(key); old.status().code() != StatusCode::kNotFound)
      return old.ok() ? ResourceExists(key) : old.status();
    created_ = true;
    MLENGINE_RETURN_IF_ERROR(statements_.Insert(key, record));
    changed_.push_back(key);
    return OkStatus();
  }
  Status Put(const ResourceKey& key, const ResourceRecord& record) override {
    MLENGINE_RETURN_IF_ERROR(CheckRecord(key, record));
    MLENGINE_ASSIGN_OR_RETURN(const StoredResource old, statements_.Get(key));
    if (ResourceBytes(old.record) == ResourceBytes(record)) return OkStatus();
    MLENGINE_RETURN_IF_ERROR(statements_.Update(old.sequence, old.version + 1, record));
    changed_.push_back(key);
    return OkStatus();
  }
  Status Remove(const ResourceKey& key) override {
    MLENGINE_ASSIGN_OR_RETURN(const StoredResource old, statements_.Get(key));
    MLENGINE_RETURN_IF_ERROR(statements_.Delete(old.sequence));
    changed_.push_back(key);
    return OkStatus();
  }

  bool created() const { return created_; }
  const std::vector<ResourceKey>& changed() const { return changed_; }

 private:
  ResourceStatements& statements_;
  bool created_ = false;
  std::vector<ResourceKey> changed_;
};

class SqliteModelStore final : public ModelStore {
 public:
  Status Start(const std::string& path, const SqliteModelStoreOptions& options) {
    using Mode = SqliteDatabase::Mode;
    make_room_ = options.make_room;
    MLENGINE_ASSIGN_OR_RETURN(writer_, SqliteDatabase::Open(path, Mode::kReadWriteCreate));
    MLENGINE_RETURN_IF_ERROR(PrepareSchema(*writer_, path, options.program));
    if (options.max_pages > 0) {
      MLENGINE_RETURN_IF_ERROR(
          writer_->Execute("PRAGMA max_page_count = " + std::to_string(options.max_pages)));
    }
    MLENGINE_ASSIGN_OR_RETURN(write_, ResourceStatements::Prepare(*writer_));
    MLENGINE_ASSIGN_OR_RETURN(reader_, SqliteDatabase::Open(path, Mode::kReadOnly));
    MLENGINE_ASSIGN_OR_RETURN(read_, ResourceStatements::Prepare(*reader_));
    return OkStatus();
  }

  Status Change(const std::function<Status(ModelTransaction&)>& change) override {
    std::vector<ResourceKey> changed;
    {
      const std::lock_guard lock(write_mutex_);
      while (true) {
        Transaction transaction(*write_);
        const Status status = TryChange(change, transaction);
        if (status.ok()) {
          changed = transaction.changed();
          break;
        }
        // What is new is refused on a full disk; what is there may end.
        const bool again = status.code() == StatusCode::kResourceExhausted &&
                           !transaction.created() && make_room_ && make_room_();
        if (!again) return status;
      }
    }
    listeners_.Tell(changed);
    return OkStatus();
  }

  Result<StoredResource> Get(const ResourceKey& key) override {
    const std::lock_guard lock(read_mutex_);
    return read_->Get(key);
  }

  Result<ListResourcesPage> List(const ListResourcesQuery& query) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(query.page_size));
    MLENGINE_ASSIGN_OR_RETURN(ResourcePlace place, DecodeResourceToken(query));
    const auto page_size = static_cast<std::size_t>(query.page_size);
    ListResourcesPage page;
    while (true) {
      // One more than is missing, to learn whether there is a next page.
      const std::size_t missing = page_size - page.resources.size() + 1;
      const int limit =
          query.filter ? kChunk : static_cast<int>(std::min<std::size_t>(missing, kChunk));
      MLENGINE_ASSIGN_OR_RETURN(std::vector<StoredResource> chunk, ReadChunk(query, place, limit));
      for (StoredResource& row : chunk) {
        place.after_name = row.key.name;
        place.before_sequence = row.sequence;
        if (query.filter && !query.filter(row)) continue;
        if (page.resources.size() == page_size) {
          page.next_page_token = EncodeResourceToken(query, page.resources.back());
          return page;
        }
        page.resources.push_back(std::move(row));
      }
      if (static_cast<int>(chunk.size()) < limit) return page;
    }
  }

  Result<std::vector<StoredResource>> ListOpenOperations() override {
    const std::lock_guard lock(read_mutex_);
    return read_->OpenOperations();
  }
  Result<std::vector<StoredResource>> ListVersions() override {
    const std::lock_guard lock(read_mutex_);
    return read_->Versions();
  }

  std::int64_t Subscribe(std::function<void(const ResourceKey&)> listener) override {
    return listeners_.Add(std::move(listener));
  }
  void Unsubscribe(std::int64_t id) override { listeners_.Remove(id); }

 private:
  Result<std::vector<StoredResource>> ReadChunk(const ListResourcesQuery& query,
                                                const ResourcePlace& place, int limit) {
    const std::lock_guard lock(read_mutex_);
    return query.kind == ResourceKind::kOperation
               ? read_->Newest(query, place.before_sequence, limit)
               : read_->ByName(query, place.after_name, limit);
  }

  Status TryChange(const std::function<Status(ModelTransaction&)>& change,
                   Transaction& transaction) {
    MLENGINE_RETURN_IF_ERROR(writer_->Execute("BEGIN IMMEDIATE"));
    Status status = change(transaction);
    CrashPoint("models.before");
    if (status.ok()) status = writer_->Execute("COMMIT");
    CrashPoint("models.after");
    if (writer_->InTransaction()) static_cast<void>(writer_->Execute("ROLLBACK"));
    return status;
  }

  std::function<bool()> make_room_;
  ResourceListeners listeners_;
  std::mutex write_mutex_;
  std::unique_ptr<SqliteDatabase> writer_;  // guarded by write_mutex_, as is write_
  std::unique_ptr<ResourceStatements> write_;
  std::mutex read_mutex_;
  std::unique_ptr<SqliteDatabase> reader_;  // guarded by read_mutex_, as is read_
  std::unique_ptr<ResourceStatements> read_;
};

}  // namespace

Result<std::unique_ptr<ModelStore>> OpenSqliteModelStore(const std::string& path,
                                                         const SqliteModelStoreOptions& options) {
  auto store = std::make_unique<SqliteModelStore>();
  MLENGINE_RETURN_IF_ERROR(store->Start(path, options));
  return std::unique_ptr<ModelStore>(std::move(store));
}

}  // namespace mlengine::store
