#include "metrics/metric_store.h"

#include <algorithm>

#include "base/file_system.h"

namespace mlengine::metrics {
namespace {

// Of memory, for one without event files.
constexpr std::size_t kBytesOfAJob = 512;

}  // namespace

MetricStore::Kept MetricStore::Ask(const std::string& job) {
  const std::lock_guard lock(mutex_);
  Kept& kept = jobs_[job];
  if (kept.metrics == nullptr) {
    kept.metrics = std::make_shared<JobMetrics>();
    kept.samples = std::make_shared<JobSamples>(RealFileSystem());
  }
  kept.asked = ++questions_;
  return kept;
}

void MetricStore::Told(const std::string& job, const Kept& kept) {
  const std::size_t bytes = kept.metrics->bytes() + kept.samples->bytes() + kBytesOfAJob;
  const std::lock_guard lock(mutex_);
  if (const auto found = jobs_.find(job); found != jobs_.end()) found->second.bytes = bytes;
  MakeRoom(job);
}

Result<MetricAnswer> MetricStore::Read(const std::string& job,
                                       const std::vector<EventFolder>& folders,
                                       const MetricQuery& query) {
  const Kept kept = Ask(job);
  Result<MetricAnswer> answer = kept.metrics->Read(source_, folders, query);
  Told(job, kept);
  return answer;
}

Result<MetricAnswer> MetricStore::ReadSamples(const std::string& job,
                                              const std::vector<SampleSource>& sources,
                                              const MetricQuery& query) {
  const Kept kept = Ask(job);
  Result<MetricAnswer> answer = kept.samples->Read(sources, query);
  Told(job, kept);
  return answer;
}

std::vector<NewestSample> MetricStore::NewestSamples(const std::string& job,
                                                     const std::vector<SampleSource>& sources) {
  const Kept kept = Ask(job);
  std::vector<NewestSample> newest = kept.samples->Newest(sources);
  Told(job, kept);
  return newest;
}

void MetricStore::MakeRoom(const std::string& asked_now) {
  std::size_t sum = 0;
  for (const auto& [job, kept] : jobs_) sum += kept.bytes;
  while (sum > memory_ && jobs_.size() > 1) {
    const auto oldest = std::ranges::min_element(jobs_, {}, [&](const auto& item) {
      return item.first == asked_now ? ~std::uint64_t{0} : item.second.asked;
    });
    sum -= oldest->second.bytes;
    jobs_.erase(oldest);
  }
}

Result<MetricStore::FolderState> MetricStore::Look(const std::string& folder) const {
  MLENGINE_ASSIGN_OR_RETURN(const FoundFiles found, source_.Find(folder));
  return FolderState{found.files.size(),
                     found.files.empty() ? "" : source_.LocalFolder(found.files.front())};
}

std::size_t MetricStore::jobs() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

}  // namespace mlengine::metrics
