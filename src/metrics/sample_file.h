// SampleFile: the resource samples of one restart of a replica, read as its runner writes them.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "model/resource_sample.h"
#include "model/sample_codec.h"

namespace mlengine::metrics {

class SampleFile {
 public:
  // The path of a samples-R (model::SamplesFile in model::ReplicaFolder). With `keep`, samples that
  // are so much older than the newest are forgotten. `files` outlives it.
  SampleFile(FileSystem& files, std::string path, std::optional<Nanoseconds> keep = {});

  // Reads what is new in the file, at most 4 MiB a call. NOT_FOUND when there is none (yet): the
  // runner makes it when the program has started. DATA_LOSS or FAILED_PRECONDITION when it is none
  // of samples. What was read before stays.
  Status Refresh();

  // These two first Refresh; no error when there are samples of before. The samples whose time is
  // not before `start`, oldest first.
  Result<std::vector<model::ResourceSample>> Since(Time start);
  // Nothing while there is none.
  Result<std::optional<model::ResourceSample>> Newest();

  const std::deque<model::ResourceSample>& samples() const { return samples_; }
  // Of the file; see model::SampleReader.
  std::uint64_t damaged_bytes() const { return reader_.damaged_bytes(); }
  const std::string& path() const { return path_; }
  // About what it takes of memory.
  std::size_t bytes() const;

 private:
  void Take(const model::ResourceSample& sample);

  FileSystem& files_;
  std::string path_;
  const std::optional<Nanoseconds> keep_;
  std::uint64_t inode_ = 0;
  model::SampleReader reader_;
  std::deque<model::ResourceSample> samples_;
};

}  // namespace mlengine::metrics
