#include "store/sqlite_schema.h"

#include <array>
#include <cstdlib>

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
)sql"};

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

Status PrepareSchema(SqliteDatabase& database, const std::string& path) {
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
    return FailedPreconditionError(path + " has schema " + version_text +
                                   ", this program knows schemas up to " +
                                   std::to_string(kJobStoreSchema) + "; use a newer mlengine");
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string mode, database.Query("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return FailedPreconditionError(path +
                                   " is on a file system without shared memory (SQLite "
                                   "offers journal mode " +
                                   mode + "); put the data folder on a local disk");
  }
  MLENGINE_RETURN_IF_ERROR(
      database.Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864"));
  return version < kJobStoreSchema ? Migrate(database, version) : OkStatus();
}

}  // namespace mlengine::store
