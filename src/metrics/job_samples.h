// JobSamples: what the replicas of one job used, as series. Thread-safe: one caller reads at a
// time, the others wait for it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "metrics/job_metrics.h"
#include "metrics/sample_file.h"
#include "model/resource_sample.h"

namespace mlengine::metrics {

// One replica: what its run is called after, and the sample files of its restarts, in their order.
// Files that are not there are left out.
struct SampleSource {
  std::string run;
  std::vector<std::string> paths;
};

// The newest sample of what runs of a replica now, as far as there is one.
struct NewestSample {
  std::string run;
  model::ResourceSample sample;
  std::optional<double> cores;  // CPUs in use since the sample before; unset of the first
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
  // Reads what is new in the files, then the newest sample of each source's last file. What cannot
  // be read is left out.
  std::vector<NewestSample> Newest(const std::vector<SampleSource>& sources);
  // About what it takes of memory.
  std::size_t bytes() const;

 private:
  void Refresh(const std::vector<SampleSource>& sources, std::vector<std::string>& warnings);

  FileSystem& files_;
  mutable std::mutex mutex_;
  std::map<std::string, SampleFile> open_;  // by path
};

}  // namespace mlengine::metrics
