// SqliteJobStore: the job store of a server, in one SQLite file (WAL, synchronous=FULL). One writer
// thread drains a queue of writes into one transaction and answers after the commit, so that many
// callers share one fsync. Schema: docs/formats/job_store_schema.md.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/job_store.h"

namespace mlengine::store {

// Opens or makes the file. FAILED_PRECONDITION for a schema newer than this program knows.
Result<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path);

}  // namespace mlengine::store
