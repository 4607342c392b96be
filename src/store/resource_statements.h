// ResourceStatements: the SQL of the model store on one connection. Used by one thread at a time;
// dies before its connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/model_store.h"
#include "store/sqlite_database.h"

namespace mlengine::store {

class ResourceStatements {
 public:
  static Result<std::unique_ptr<ResourceStatements>> Prepare(SqliteDatabase& database);

  Result<StoredResource> Get(const ResourceKey& key);
  Result<std::int64_t> Count(ResourceKind kind, const std::string& project,
                             const std::string& parent);
  Result<std::vector<StoredResource>> All(ResourceKind kind, const std::string& project,
                                          const std::string& parent);
  // Rows of a list after a place.
  Result<std::vector<StoredResource>> ByName(const ListResourcesQuery& query,
                                             const std::string& after, int limit);
  Result<std::vector<StoredResource>> Newest(const ListResourcesQuery& query, std::int64_t before,
                                             int limit);
  Result<std::vector<StoredResource>> OpenOperations();
  Result<std::vector<StoredResource>> Versions();

  Status Insert(const ResourceKey& key, const ResourceRecord& record);
  Status Update(std::int64_t sequence, std::int64_t version, const ResourceRecord& record);
  Status Delete(std::int64_t sequence);

 private:
  ResourceStatements() = default;

  SqliteStatement get_;
  SqliteStatement count_;
  SqliteStatement all_;
  SqliteStatement by_name_;
  SqliteStatement newest_;
  SqliteStatement open_;
  SqliteStatement versions_;
  SqliteStatement insert_;
  SqliteStatement update_;
  SqliteStatement delete_;
};

}  // namespace mlengine::store
