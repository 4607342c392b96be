#include "store/sqlite_schema.h"

#include <array>
#include <cstdlib>

#include "base/file_system.h"

namespace mlengine::store {
namespace {

// "mljs" in the header of the file.
constexpr char kApplicationId[] = "1835821683";

// kMigrations[n] takes a file from schema n to n + 1; never changed once released.
constexpr std::array<const char*, kJobStoreSchema> kMigrations = {R"sql(
CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  job_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  state INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE (project, job_id)
);
CREATE INDEX jobs_newest ON jobs (project, sequence);
CREATE INDEX jobs_unfinished ON jobs (sequence) WHERE state NOT IN (4, 5, 7);
CREATE TABLE job_counts (state INTEGER PRIMARY KEY, jobs INTEGER NOT NULL);
CREATE TRIGGER jobs_counted AFTER INSERT ON jobs BEGIN
  INSERT INTO job_counts VALUES (NEW.state, 1)
    ON CONFLICT (state) DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER jobs_recounted AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
  UPDATE job_counts SET jobs = jobs - 1 WHERE state = OLD.state;
  INSERT INTO job_counts VALUES (NEW.state, 1)
    ON CONFLICT (state) DO UPDATE SET jobs = jobs + 1;
END;
)sql",
                                                                  R"sql(
CREATE TABLE writer (id INTEGER PRIMARY KEY CHECK (id = 1), program TEXT NOT NULL);
)sql",
                                                                  R"sql(
CREATE TABLE resources (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  project TEXT NOT NULL,
  parent TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  open INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE (kind, project, parent, name)
);
CREATE INDEX resources_newest ON resources (kind, project, parent, sequence);
CREATE INDEX resources_open ON resources (sequence) WHERE open = 1;
)sql"};

// The copy of before schema `version`.
std::string CopyName(const std::string& path, int version) {
  return path + ".before-v" + std::to_string(version);
}

// One that is there is of an upgrade that was cut short: nothing was changed since it was made, or
// the schema would be the new one.
Status KeepCopy(SqliteDatabase& database, const std::string& path) {
  const std::string copy = CopyName(path, kJobStoreSchema);
  if (RealFileSystem().Stat(copy).ok()) return OkStatus();
  const std::string partial = copy + ".partial";
  if (RealFileSystem().Stat(partial).ok())
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().Remove(partial));
  {
    MLENGINE_ASSIGN_OR_RETURN(SqliteStatement statement, database.Prepare("VACUUM INTO ?"));
    statement.BindText(1, partial);
    MLENGINE_RETURN_IF_ERROR(statement.Step().status());
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto file, RealFileSystem().OpenAppend(partial));
  MLENGINE_RETURN_IF_ERROR(file->Sync());
  return RealFileSystem().Rename(partial, copy);
}

Status SignWriter(SqliteDatabase& database, const std::string& program) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string before, database.Query("SELECT program FROM writer"));
  if (before == program) return OkStatus();
  MLENGINE_ASSIGN_OR_RETURN(SqliteStatement sign,
                            database.Prepare("INSERT OR REPLACE INTO writer VALUES (1, ?)"));
  return sign.BindText(1, program).Step().status();
}

Status Migrate(SqliteDatabase& database, int from) {
  std::string sql = "BEGIN IMMEDIATE;";
  for (int version = from; version < kJobStoreSchema; ++version)
    sql += kMigrations[static_cast<std::size_t>(version)];
  sql += "PRAGMA application_id = " + std::string(kApplicationId) +
         ";PRAGMA user_version = " + std::to_string(kJobStoreSchema) + ";COMMIT;";
  const Status status = database.Execute(sql);
  if (!status.ok() && database.InTransaction()) static_cast<void>(database.Execute("ROLLBACK"));
  return status;
}

}  // namespace

Result<int> CheckSchema(SqliteDatabase& database, const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string version_text, database.Query("PRAGMA user_version"));
  MLENGINE_ASSIGN_OR_RETURN(const std::string owner, database.Query("PRAGMA application_id"));
  MLENGINE_ASSIGN_OR_RETURN(const std::string tables,
                            database.Query("SELECT count(*) FROM sqlite_schema"));
  const int version = std::atoi(version_text.c_str());
  if (owner != kApplicationId && (owner != "0" || version != 0 || tables != "0")) {
    return FailedPreconditionError(path +
                                   " belongs to another program; move it away or choose another "
                                   "data folder");
  }
  if (version > kJobStoreSchema) {
    const std::string copy = CopyName(path, version);
    // Every schema from 2 on has it; one that has not is told of all the same.
    const std::string program =
        database.Query("SELECT program FROM writer").value_or("a newer mlengine");
    return FailedPreconditionError(
        path + " was written by " + program + " (schema " + version_text +
        "); this program reads schemas up to " + std::to_string(kJobStoreSchema) +
        ". Use that mlengine or a newer one" +
        (RealFileSystem().Stat(copy).ok()
             ? ", or put " + copy + " in its place, which has the jobs of before the upgrade"
             : ""));
  }
  return version;
}

Status PrepareSchema(SqliteDatabase& database, const std::string& path,
                     const std::string& program) {
  MLENGINE_ASSIGN_OR_RETURN(const int version, CheckSchema(database, path));
  MLENGINE_ASSIGN_OR_RETURN(const std::string mode, database.Query("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return FailedPreconditionError(path +
                                   " is on a file system without shared memory (SQLite "
                                   "offers journal mode " +
                                   mode + "); put the data folder on a local disk");
  }
  MLENGINE_RETURN_IF_ERROR(
      database.Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864"));
  if (version < kJobStoreSchema) {
    if (version > 0) MLENGINE_RETURN_IF_ERROR(KeepCopy(database, path));
    MLENGINE_RETURN_IF_ERROR(Migrate(database, version));
  }
  const Status signed_by = SignWriter(database, program);
  // The name is for people; a full disk must not keep the store closed for it.
  return signed_by.code() == StatusCode::kResourceExhausted ? OkStatus() : signed_by;
}

}  // namespace mlengine::store
