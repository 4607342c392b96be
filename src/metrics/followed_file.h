// FollowedFile: one event file as far as it was read, with its series. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "insight/event_file.h"
#include "insight/metric_series.h"
#include "metrics/event_source.h"

namespace mlengine::metrics {

class FollowedFile {
 public:
  // Reads what is new in the file, at most `budget` bytes, which lose what was read; at once
  // nothing when `found` is the version that was read to its end. A file that is another than
  // before, or shorter, is read anew from its start. At most `most_series` tags are kept; the
  // others are counted. The errors of EventSource::Read.
  Status Follow(const EventSource& source, const FoundFile& found, std::size_t most_series,
                std::uint64_t& budget);

  const std::map<std::string, insight::MetricSeries, std::less<>>& series() const {
    return series_;
  }
  const insight::EventFile& file() const { return file_; }
  // Scalars whose tag was one too many.
  std::uint64_t left_out() const { return left_out_; }
  // Bytes of the version last seen that are not read yet.
  std::uint64_t unread() const { return size_ > file_.offset() ? size_ - file_.offset() : 0; }
  // About what it takes of memory.
  std::size_t bytes() const;

 private:
  // Whether the bytes that were read are still there. An object of the store is another version
  // with each flush of its writer, though it only grew.
  Result<bool> OnlyGrew(const EventSource& source, const FoundFile& found) const;
  void Take(std::string_view bytes, std::size_t most_series);

  std::string version_;  // read to its end; "" before
  std::uint64_t size_ = 0;
  std::string first_bytes_;  // of the file, as read
  std::string last_bytes_;   // that were read
  insight::EventFile file_;
  std::map<std::string, insight::MetricSeries, std::less<>> series_;
  std::uint64_t left_out_ = 0;
};

}  // namespace mlengine::metrics
