// The schema of the job store's file and its migrations (docs/formats/job_store_schema.md).
#pragma once

#include <string>

#include "base/result.h"
#include "store/sqlite_database.h"

namespace mlengine::store {

inline constexpr int kJobStoreSchema = 3;

// The schema of a connection's file, 0 for an empty one. FAILED_PRECONDITION for a newer schema, or
// another program's file; the message says which program wrote it and what this one reads.
Result<int> CheckSchema(SqliteDatabase& database, const std::string& path);

// Brings the file of a writable connection to kJobStoreSchema, and the connection to WAL and full
// syncs. FAILED_PRECONDITION, and an unchanged file, for a newer schema or another program's file.
// Before an older one is changed a copy is made beside it, PATH.before-vN with N the new schema,
// unless there is one. `program` ("mlengine 0.1.0") is kept in the file for older programs that
// refuse it one day.
Status PrepareSchema(SqliteDatabase& database, const std::string& path,
                     const std::string& program = "mlengine");

}  // namespace mlengine::store
