// Looks whether one job's log on disk is whole: index, streams and service against each other and
// against the spools. Reads only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "logs/log_store.h"

namespace mlengine::logs {

struct LogFault {
  std::string what;  // a sentence
  std::string path;  // the file
  // A torn tail: the file is good up to here, and may be cut to it.
  std::optional<std::uint64_t> good_bytes;
};

struct LogReport {
  std::vector<LogFault> faults;
  std::uint64_t entries = 0;
  bool ended = false;
  bool retired = false;  // it was removed, as its retention wants; there are no spools then
  // Absolute paths, and how many bytes are there: in the spool, or in the segment made of it.
  std::map<std::string, std::uint64_t> spools;
};

// Of a folder of logs, as FileLogStore keeps it. A log that is not there is empty and has no fault.
// `live`: a server may be writing; what may be a write under way is no fault then.
LogReport CheckJobLog(FileSystem& files, const std::string& data_folder, const JobRef& job,
                      bool live);

// DATA/logs/PROJECT/JOB.
std::string LogFolder(const std::string& data_folder, const JobRef& job);

}  // namespace mlengine::logs
