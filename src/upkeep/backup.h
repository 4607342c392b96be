// Backup and restore of a data folder (docs/formats/backup.md). A backup is a folder that looks
// like a data folder; it is made while the server runs, and is of one moment: every job of its
// store has the log and the records that the store tells of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mlengine::upkeep {

struct BackupOptions {
  std::string data_folder;  // absolute
  // A folder that is not there, or is empty; or a file that is not there, NAME.tar.
  std::string target;
  bool with_buckets = false;
  // Of each stream of a program's output at most its first bytes are kept.
  std::uint64_t spool_bytes = 64U << 20;
  std::string program;  // "mlengine 0.1.0", kept in the backup
};

struct BackupReport {
  std::int64_t jobs = 0;
  std::int64_t unfinished = 0;
  std::uint64_t buckets = 0;
  std::uint64_t objects = 0;
  std::uint64_t object_bytes = 0;
  std::vector<std::string> shortened;  // spools, relative to the data folder
};

// Written beside as TARGET.partial and renamed: a folder of that name is a whole backup.
// RESOURCE_EXHAUSTED and other failures leave nothing.
Result<BackupReport> MakeBackup(const BackupOptions& options, const Clock& clock);

// What backup.json says.
struct BackupManifest {
  int version = 0;
  std::string created;  // RFC 3339
  std::string program;
  std::int64_t jobs = 0;
  bool with_buckets = false;
  std::vector<std::string> shortened;  // spools that are not whole, relative to the folder
};
// FAILED_PRECONDITION for a backup of a newer version, NOT_FOUND or DATA_LOSS for what is none.
Result<BackupManifest> ReadManifest(const std::string& backup);

// Makes the data folder `target` of a backup, a folder or NAME.tar; it must not be there, or be
// empty. Written beside and renamed: there is all of it or nothing. The manifest stays in it, for
// what the backup left out.
Result<BackupManifest> RestoreBackup(const std::string& backup, const std::string& target);

}  // namespace mlengine::upkeep
