// MetricStore: the scalars in the event files of all jobs and what their replicas used, read as
// they are asked for, and kept in memory so that the next question reads only what is new. Nothing
// of it is on disk. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/event_source.h"
#include "metrics/job_metrics.h"
#include "metrics/job_samples.h"

namespace mlengine::metrics {

class MetricStore {
 public:
  // The objects outlive it. `memory`: bytes for all jobs; above it those that were not asked for
  // the longest time are forgotten, and read anew when they are.
  explicit MetricStore(objects::ObjectStore& objects, std::size_t memory = 64U << 20)
      : source_(objects), memory_(memory) {}

  // `job` is a name that only this job has. See JobMetrics::Read.
  Result<MetricAnswer> Read(const std::string& job, const std::vector<EventFolder>& folders,
                            const MetricQuery& query);
  // Of the same job's replicas. See JobSamples::Read.
  Result<MetricAnswer> ReadSamples(const std::string& job, const std::vector<SampleSource>& sources,
                                   const MetricQuery& query);
  // Likewise. See JobSamples::Newest.
  std::vector<NewestSample> NewestSamples(const std::string& job,
                                          const std::vector<SampleSource>& sources);
  // What is below the folder now; nothing of it is read. The errors of EventSource::Find.
  struct FolderState {
    std::size_t files = 0;     // event files
    std::string local_folder;  // of this machine, with the same files in it; "" when there is none
  };
  Result<FolderState> Look(const std::string& folder) const;
  // Of how many jobs something is kept.
  std::size_t jobs() const;

 private:
  struct Kept {
    std::shared_ptr<JobMetrics> metrics;  // also of those who read it now
    std::shared_ptr<JobSamples> samples;  // likewise
    std::size_t bytes = 0;                // when it was last read
    std::uint64_t asked = 0;              // grows with each question
  };
  Kept Ask(const std::string& job);
  void Told(const std::string& job, const Kept& kept);
  void MakeRoom(const std::string& asked_now);

  const EventSource source_;
  const std::size_t memory_;
  mutable std::mutex mutex_;
  std::map<std::string, Kept> jobs_;
  std::uint64_t questions_ = 0;
};

}  // namespace mlengine::metrics
