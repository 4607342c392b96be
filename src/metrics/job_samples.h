// JobSamples: what the replicas of one job used, as series. Thread-safe: one caller reads at a
// time, the others wait for it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "metrics/job_metrics.h"
#include "metrics/sample_file.h"

namespace mlengine::metrics {

// One replica: what its run is called after, and the sample files of its restarts, in their order.
// Files that are not there are left out.
struct SampleSource {
  std::string run;
  std::vector<std::string> paths;
};

class JobSamples {
 public:
  // `files` outlives it.
  explicit JobSamples(FileSystem& files) : files_(files) {}

  // Reads what is new in the files, then answers: series "cpu" (CPUs in use), "memory" (bytes),
  // "disk_read" (bytes a second) and so on, as the list in engine_api/metrics_handler.h tells. A
  // point's step is the whole seconds since the replica's first start, its time that of the
  // machine. What cannot be read is a warning.
  Result<MetricAnswer> Read(const std::vector<SampleSource>& sources, const MetricQuery& query);
  // About what it takes of memory.
  std::size_t bytes() const;

 private:
  void Refresh(const std::vector<SampleSource>& sources, std::vector<std::string>& warnings);

  FileSystem& files_;
  mutable std::mutex mutex_;
  std::map<std::string, SampleFile> open_;  // by path
};

}  // namespace mlengine::metrics
