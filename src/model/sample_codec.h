// The bytes of a sample file (docs/formats/sample_file.md). Whoever runs as the program's user can
// write there: what does not fit is skipped and counted, never believed. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/resource_sample.h"

namespace mlengine::model {

// The beginning of a file whose samples count from `start`.
std::string SampleFileHeader(Time start);
// What lies outside of its range is cut to it; GPUs above kMostSampledGpus are left out.
void EncodeSample(const ResourceSample& sample, std::string& out);

// The samples of one file, from its first byte on, as it grows. One owner.
class SampleReader {
 public:
  // Takes the next bytes and tells of each sample in them; a record may come in pieces. DATA_LOSS
  // when the file is none of samples, FAILED_PRECONDITION when a newer version wrote it; then, and
  // with each later call, nothing is told.
  Status Add(std::string_view bytes, const std::function<void(const ResourceSample&)>& tell);

  // What Add last answered.
  const Status& status() const { return failed_; }
  // Bytes that were taken: where to read on.
  std::uint64_t offset() const { return offset_; }
  // Bytes that are no record, with whole records behind them. A torn tail does not count.
  std::uint64_t damaged_bytes() const { return damaged_bytes_; }

 private:
  Status TakeHeader();
  // Of the bytes kept from `at` on: whether there is a record or there may be one when more come.
  enum class Look { kRecord, kTooFew, kNone };
  Look LookAt(std::size_t at, ResourceSample& sample, std::size_t& length) const;
  bool HasRecordBehind(std::size_t at) const;

  std::string kept_;  // not yet understood; at most one record's worth between calls
  std::uint64_t offset_ = 0;
  std::uint64_t damaged_bytes_ = 0;
  std::uint64_t doubtful_bytes_ = 0;  // since the last record: no record so far
  Time start_{};
  bool has_header_ = false;
  std::chrono::milliseconds last_{-1};
  Status failed_;
};

}  // namespace mlengine::model
