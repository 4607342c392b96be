// The schema of the job store's file and its migrations (docs/formats/job_store_schema.md).
#pragma once

#include <string>

#include "base/status.h"
#include "store/sqlite_database.h"

namespace mlengine::store {

inline constexpr int kJobStoreSchema = 1;

// Brings the file of a writable connection to kJobStoreSchema, and the connection to WAL and full
// syncs. FAILED_PRECONDITION, and an unchanged file, for a newer schema or another program's file.
Status PrepareSchema(SqliteDatabase& database, const std::string& path);

}  // namespace mlengine::store
