// ProgressReader: the progress that the lines of one execution tell, read from its job's log as it
// grows. Begins with the log's tail, at most 1 MiB of it. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "insight/progress_track.h"
#include "logs/log_store.h"
#include "metrics/execution.h"

namespace mlengine::metrics {

class ProgressReader {
 public:
  // The log outlives it.
  ProgressReader(logs::LogStore& logs, logs::JobRef job, const Execution& execution);

  // Reads what is new; where that is more than 4 MiB, its end. An unfinished line counts where it
  // is a bar that redraws itself; `now` is when it is seen. The errors of LogStore::Query; what was
  // read before stays.
  Status Read(Time now);
  const insight::ProgressTrack& track() const { return track_; }

 private:
  struct Stream {
    std::uint64_t entries_end = 0;  // where its last entry ends
    std::uint64_t read_to = 0;
  };

  bool IsOfExecution(const logs::LogEntry& entry) const;
  logs::LogQuery QueryFrom(std::int64_t after_stamp_ns) const;
  Status ReadTail();
  Status ReadOn();
  void Take(const logs::LogEntry& entry);
  void ReadUnfinished(Time now);
  void Add(double seconds, std::string_view line);

  logs::LogStore& logs_;
  const logs::JobRef job_;
  const Execution execution_;
  insight::ProgressTrack track_;
  bool began_ = false;
  std::int64_t last_stamp_ns_ = -1;
  double last_seconds_ = 0;
  std::map<logs::StreamRef, Stream> streams_;
};

}  // namespace mlengine::metrics
