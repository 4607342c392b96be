// SqliteModelStore: the model store of a server, in the same file as the job store's
// (docs/formats/job_store_schema.md), by connections of its own. One change at a time; each is one
// transaction and one sync of the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/model_store.h"

namespace mlengine::store {

struct SqliteModelStoreOptions {
  // As in SqliteJobStoreOptions. A change that makes no new record asks make_room, on its thread.
  std::int64_t max_pages = 0;
  std::function<bool()> make_room = {};
  std::string program = "mlengine";
};

// Opens or makes the file. The errors of OpenSqliteJobStore.
Result<std::unique_ptr<ModelStore>> OpenSqliteModelStore(
    const std::string& path, const SqliteModelStoreOptions& options = {});

}  // namespace mlengine::store
