#include "metrics/sample_file.h"

#include <algorithm>
#include <utility>

namespace mlengine::metrics {

using model::ResourceSample;

SampleFile::SampleFile(FileSystem& files, std::string path, std::optional<Nanoseconds> keep)
    : files_(files), path_(std::move(path)), keep_(keep) {}

void SampleFile::Take(const ResourceSample& sample) {
  samples_.push_back(sample);
  if (!keep_) return;
  while (samples_.back().time - samples_.front().time > *keep_) samples_.pop_front();
}

Status SampleFile::Refresh() {
  MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, files_.Stat(path_));
  if (stat.inode != inode_ || stat.size < reader_.offset()) {
    inode_ = stat.inode;
    reader_ = {};
    samples_.clear();
  }
  // No runner writes more than that; what a program adds is not read.
  const std::uint64_t end = std::min(stat.size, model::kMostSampleBytes);
  if (end <= reader_.offset()) return Status(reader_.status()).WithContext(path_);
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                            files_.ReadAt(path_, reader_.offset(), end - reader_.offset()));
  return reader_.Add(bytes, [this](const ResourceSample& sample) { Take(sample); })
      .WithContext(path_);
}

Result<std::vector<ResourceSample>> SampleFile::Since(Time start) {
  const Status refreshed = Refresh();
  if (!refreshed.ok() && samples_.empty()) return refreshed;
  const auto first = std::ranges::lower_bound(samples_, start, {}, &ResourceSample::time);
  return std::vector<ResourceSample>(first, samples_.end());
}

Result<std::optional<ResourceSample>> SampleFile::Newest() {
  const Status refreshed = Refresh();
  if (!refreshed.ok() && samples_.empty()) return refreshed;
  return samples_.empty() ? std::optional<ResourceSample>() : samples_.back();
}

std::size_t SampleFile::bytes() const {
  std::size_t gpus = samples_.empty() ? 0 : samples_.back().gpus.size();
  return sizeof(*this) +
         samples_.size() * (sizeof(ResourceSample) + gpus * sizeof(model::GpuSample));
}

}  // namespace mlengine::metrics
