// FileLogStore: a LogStore in a folder, with one ingest thread that tails the attached spools.
// After a crash it goes on at the last stored entry of each stream; a stamp that was ever returned
// stays. After a restart the owner attaches the spools of unfinished jobs again.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "logs/log_store.h"
#include "logs/taken_in.h"

namespace mlengine::logs {

struct FileLogStoreOptions {
  std::string data_folder;  // absolute; logs go to data_folder/logs, spools beneath it are stored
                            // relative to it
  bool ingest_thread =
      true;  // false: nothing is read in but by PumpAll and CloseStream (for tests)
};

class FileLogStore : public LogStore {
 public:
  // `files` and `clock` must outlive the store.
  static Result<std::unique_ptr<FileLogStore>> Open(FileLogStoreOptions options, FileSystem& files,
                                                    const Clock& clock);
  // One turn of the ingest thread over all attached spools: reads in what they have.
  virtual void PumpAll() = 0;
  virtual const TakenIn& taken_in() const = 0;
};

}  // namespace mlengine::logs
