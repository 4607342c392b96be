// StretchSearch: whether a stretch of a log may hold a text, found in its bytes without looking at
// the entries one by one: what makes a query for a rare word quick. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "logs/folded_search.h"
#include "logs/segment.h"

namespace mlengine::logs {

// A file, or the segment that was made of it.
struct ByteSource {
  std::string path;
  std::shared_ptr<const Segment> segment = {};

  Result<std::string> ReadAt(FileSystem& files, std::uint64_t offset, std::uint64_t count) const;
};

class StretchSearch {
 public:
  // `streams` by their numbers. `text` in lower case; A to Z count as a to z. `files` outlives the
  // object.
  StretchSearch(FileSystem& files, ByteSource index, ByteSource service,
                std::vector<ByteSource> streams, std::string_view text);

  struct Found {
    bool may_hold = true;  // also when in doubt
    // Where it is false:
    std::uint64_t bytes = 0;       // of the entries, more or less
    std::int64_t first_stamp = 0;  // of the first record and the last
    std::int64_t last_stamp = 0;
  };
  // Of the entries of these records.
  Found Look(std::uint64_t first_record, std::uint64_t count);

 private:
  struct Range {
    std::uint64_t begin = UINT64_MAX;
    std::uint64_t end = 0;
  };
  // False when the index cannot be read.
  bool TakeRanges(std::uint64_t first_record, std::uint64_t count, Found& found);
  // Whether the bytes may hold the text.
  bool Holds(const ByteSource& source, const Range& range) const;

  FileSystem& files_;
  const ByteSource index_;
  const ByteSource service_;
  const std::vector<ByteSource> streams_;
  const std::size_t length_;  // of the text
  const FoldedSearch search_;
  std::vector<Range> ranges_;  // by stream, then of the service
  bool has_json_ = false;
};

}  // namespace mlengine::logs
