// StatusFile: the status record of one restart, kept in memory and replaced on disk at each step.
// Used by the runner's one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "mlengine/runner/v1/status_record.pb.h"

namespace mlengine::runner {

using v1::LaunchSpec;
using v1::StatusRecord;

class StatusFile {
 public:
  // `files` and `clock` outlive it.
  StatusFile(FileSystem& files, const Clock& clock, const LaunchSpec& spec, std::string boot_id);

  StatusRecord& record() { return record_; }
  void BeginPhase(std::string_view name);
  // Ends the phase that began last; `detail` says what made it fast or slow.
  void EndPhase(std::string_view detail = {});
  void Note(std::string_view severity, std::string_view message);
  // No user code ran nor will; the next Write says so.
  void SetError(const Status& why, std::string_view evidence = {});

  // Replaces the file; durably when the step is a last one.
  Status Write();
  // Brings the names of the replica's folder, and of those above it up to the jobs' folder, to the
  // disk: a last record and the spools that it counts are worth nothing without. A last Write does
  // it when nobody had the time before.
  Status KeepFolders();
  // The same for a record that must not be lost: waits while the disk is full or read-only; gives
  // up when the folder is gone.
  Status WriteFinal();

 private:
  FileSystem& files_;
  const Clock& clock_;
  const std::string path_;
  StatusRecord record_;
  bool folders_kept_ = false;
};

// The record at `path`; NOT_FOUND when there is none, DATA_LOSS when it cannot be read as one.
Result<StatusRecord> ReadStatusRecord(FileSystem& files, const std::string& path);

void SetTimestamp(google::protobuf::Timestamp* field, Time time);

}  // namespace mlengine::runner
