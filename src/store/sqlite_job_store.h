// SqliteJobStore: the job store of a server, in one SQLite file (WAL, synchronous=FULL). One writer
// thread drains a queue of writes into one transaction and answers after the commit, so that many
// callers share one fsync. Schema: docs/formats/job_store_schema.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/job_store.h"

namespace mlengine::store {

struct SqliteJobStoreOptions {
  // Bounds the file, in pages of 4096 bytes; 0: only the disk does. Beyond it writes are
  // RESOURCE_EXHAUSTED, as on a full disk.
  std::int64_t max_pages = 0;
  // Asked when a change of a job that is there already finds no room: true when some was made, and
  // the change is tried again. On the writer's thread. New jobs never ask.
  std::function<bool()> make_room = {};
  // Who writes the file, for older programs that refuse it one day: "mlengine 0.1.0".
  std::string program = "mlengine";
};

// Opens or makes the file. FAILED_PRECONDITION for a schema newer than this program knows, or a
// file of another program; DATA_LOSS for one that SQLite cannot read.
Result<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path,
                                                     const SqliteJobStoreOptions& options = {});

}  // namespace mlengine::store
