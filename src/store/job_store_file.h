// The job store's file (DATA/state.db) for those who do not serve it: to copy it while a server
// runs, and to look whether it is whole. Every call opens the file by itself; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/job_store.h"
#include "store/model_store.h"

namespace mlengine::store {

// Copies the store of one moment into the new file `to` and syncs it; a server may write
// meanwhile. ALREADY_EXISTS when `to` is there, DATA_LOSS for a damaged file.
Status CopyJobStore(const std::string& from, const std::string& to);

// Calls `take` for each job, oldest first, all of one moment. A record that cannot be parsed is
// passed over; CheckJobStore names it.
Status ForEachJob(const std::string& path, const std::function<Status(const StoredJob&)>& take);

// The project and id of each job, whatever its record is like.
Status ForEachKey(const std::string& path, const std::function<void(const JobKey&)>& take);

// Each version of a model whose record can be parsed, oldest first; none in a file of before schema
// 3.
Status ForEachVersion(const std::string& path,
                      const std::function<void(const StoredResource&)>& take);

struct JobStoreReport {
  int schema = 0;
  std::int64_t jobs = 0;
  // Sentences: what is wrong, and with which job.
  std::vector<std::string> faults;
  // The counts by state do not fit the jobs; RepairJobCounts makes them anew.
  bool counts_wrong = false;
};
// Reads all of the file. An error when it is no store of ours, or cannot be read at all.
Result<JobStoreReport> CheckJobStore(const std::string& path);
// No server may have the file.
Status RepairJobCounts(const std::string& path);

}  // namespace mlengine::store
