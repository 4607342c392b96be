#include "store/resource_statements.h"

#include <utility>

#include "store/resource_row.h"

namespace mlengine::store {
namespace {

Result<StoredResource> ReadRow(const SqliteStatement& row) {
  StoredResource resource;
  resource.sequence = row.Int(0);
  resource.version = row.Int(1);
  resource.key = {static_cast<ResourceKind>(row.Int(2)), std::string(row.Bytes(3)),
                  std::string(row.Bytes(4)), std::string(row.Bytes(5))};
  const std::string_view bytes = row.Bytes(6);
  if (!resource.record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !CheckRecord(resource.key, resource.record).ok()) {
    return DataLossError("the record of " + resource.key.project + "/" + resource.key.parent + "/" +
                         resource.key.name + " is damaged");
  }
  return resource;
}

Result<std::vector<StoredResource>> ReadRows(SqliteStatement& statement) {
  std::vector<StoredResource> rows;
  while (true) {
    MLENGINE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return rows;
    Result<StoredResource> resource = ReadRow(statement);
    if (!resource.ok()) {
      statement.Reset();
      return resource.status();
    }
    rows.push_back(*std::move(resource));
  }
}

std::int64_t Number(ResourceKind kind) {
  return static_cast<std::int64_t>(kind);
}

}  // namespace

Result<std::unique_ptr<ResourceStatements>> ResourceStatements::Prepare(SqliteDatabase& database) {
  std::unique_ptr<ResourceStatements> out(new ResourceStatements());
  const std::string select =
      "SELECT sequence, version, kind, project, parent, name, record FROM resources WHERE ";
  const std::string within = "kind = ? AND project = ? AND parent = ?";
  const std::pair<SqliteStatement*, std::string> texts[] = {
      {&out->get_, select + within + " AND name = ?"},
      {&out->count_, "SELECT count(*) FROM resources WHERE " + within},
      {&out->all_, select + within + " ORDER BY sequence"},
      {&out->by_name_, select + within + " AND name > ? ORDER BY name LIMIT ?"},
      {&out->newest_, select + within + " AND sequence < ? ORDER BY sequence DESC LIMIT ?"},
      {&out->open_, select + "open = 1 ORDER BY sequence"},
      {&out->versions_, select + "kind = 2 ORDER BY sequence"},
      {&out->insert_,
       "INSERT INTO resources (kind, project, parent, name, version, open, record) VALUES "
       "(?, ?, ?, ?, 1, ?, ?)"},
      {&out->update_, "UPDATE resources SET version = ?, open = ?, record = ? WHERE sequence = ?"},
      {&out->delete_, "DELETE FROM resources WHERE sequence = ?"},
  };
  for (const auto& [statement, text] : texts) {
    MLENGINE_ASSIGN_OR_RETURN(*statement, database.Prepare(text));
  }
  return out;
}

Result<StoredResource> ResourceStatements::Get(const ResourceKey& key) {
  get_.Bind(1, Number(key.kind)).BindText(2, key.project).BindText(3, key.parent);
  get_.BindText(4, key.name);
  MLENGINE_ASSIGN_OR_RETURN(std::vector<StoredResource> rows, ReadRows(get_));
  if (rows.empty()) return NoSuchResource(key);
  return std::move(rows.front());
}

Result<std::int64_t> ResourceStatements::Count(ResourceKind kind, const std::string& project,
                                               const std::string& parent) {
  count_.Bind(1, Number(kind)).BindText(2, project).BindText(3, parent);
  MLENGINE_ASSIGN_OR_RETURN(const bool row, count_.Step());
  const std::int64_t count = row ? count_.Int(0) : 0;
  count_.Reset();
  return count;
}

Result<std::vector<StoredResource>> ResourceStatements::All(ResourceKind kind,
                                                            const std::string& project,
                                                            const std::string& parent) {
  all_.Bind(1, Number(kind)).BindText(2, project).BindText(3, parent);
  return ReadRows(all_);
}

Result<std::vector<StoredResource>> ResourceStatements::ByName(const ListResourcesQuery& query,
                                                               const std::string& after,
                                                               int limit) {
  by_name_.Bind(1, Number(query.kind)).BindText(2, query.project).BindText(3, query.parent);
  by_name_.BindText(4, after).Bind(5, limit);
  return ReadRows(by_name_);
}

Result<std::vector<StoredResource>> ResourceStatements::Newest(const ListResourcesQuery& query,
                                                               std::int64_t before, int limit) {
  newest_.Bind(1, Number(query.kind)).BindText(2, query.project).BindText(3, query.parent);
  newest_.Bind(4, before).Bind(5, limit);
  return ReadRows(newest_);
}

Result<std::vector<StoredResource>> ResourceStatements::OpenOperations() {
  return ReadRows(open_);
}

Result<std::vector<StoredResource>> ResourceStatements::Versions() {
  return ReadRows(versions_);
}

Status ResourceStatements::Insert(const ResourceKey& key, const ResourceRecord& record) {
  insert_.Bind(1, Number(key.kind)).BindText(2, key.project).BindText(3, key.parent);
  insert_.BindText(4, key.name).Bind(5, IsOpenOperation(record) ? 1 : 0);
  insert_.BindBlob(6, ResourceBytes(record));
  return insert_.Step().status();
}

Status ResourceStatements::Update(std::int64_t sequence, std::int64_t version,
                                  const ResourceRecord& record) {
  update_.Bind(1, version).Bind(2, IsOpenOperation(record) ? 1 : 0);
  update_.BindBlob(3, ResourceBytes(record)).Bind(4, sequence);
  return update_.Step().status();
}

Status ResourceStatements::Delete(std::int64_t sequence) {
  delete_.Bind(1, sequence);
  return delete_.Step().status();
}

}  // namespace mlengine::store
