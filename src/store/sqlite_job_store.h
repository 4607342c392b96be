// SqliteJobStore: the job store of a server, in one SQLite file (WAL, synchronous=FULL). One writer
// thread drains a queue of writes into one transaction and answers after the commit, so that many
// callers share one fsync. Schema: docs/formats/job_store_schema.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/job_store.h"

namespace mlengine::store {

struct SqliteJobStoreOptions {
  // Bounds the file, in pages of 4096 bytes; 0: only the disk does. Beyond it writes are
  // RESOURCE_EXHAUSTED, as on a full disk.
  std::int64_t max_pages = 0;
};

// Opens or makes the file. FAILED_PRECONDITION for a schema newer than this program knows, or a
// file of another program; DATA_LOSS for one that SQLite cannot read.
Result<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path,
                                                     const SqliteJobStoreOptions& options = {});

}  // namespace mlengine::store
