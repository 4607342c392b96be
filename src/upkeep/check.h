// Looks whether a data folder is whole: store, records, logs and objects, each by itself and
// against each other; and repairs what is safe to repair.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::upkeep {

struct Finding {
  std::string what;   // a sentence
  std::string where;  // the path, relative to the data folder where it lies in it; a job, an object
  // What can be done, or what was done where `repaired`; "" where nothing can.
  std::string repair;
  bool repaired = false;
};

struct CheckOptions {
  std::string data_folder = {};  // absolute
  // A server has the folder: what may be a write under way is no finding, and nothing is repaired.
  bool live = false;
  bool repair = false;
  // Read every object and hold it against its digests.
  bool digests = false;
  // Folders of jobs that the store does not know, to be removed: "jobs/PROJECT/JOB",
  // "logs/PROJECT/JOB".
  std::vector<std::string> remove = {};
};

struct CheckReport {
  std::int64_t jobs = 0;
  std::uint64_t log_entries = 0;
  std::uint64_t objects = 0;
  std::vector<Finding> findings;
  // Findings that stay.
  std::size_t Open() const;
};

// An error when the folder is no data folder, or when `remove` names what is no such folder; then
// nothing was changed.
Result<CheckReport> CheckDataFolder(const CheckOptions& options);

}  // namespace mlengine::upkeep
