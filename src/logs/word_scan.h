// WordScan: whether a stretch of a log may hold some words, found in its bytes without making
// entries of them: what makes a query for a rare word quick. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "logs/segment.h"

namespace mlengine::logs {

// A file, or the segment that was made of it.
struct ByteSource {
  std::string path;
  std::shared_ptr<const Segment> segment = {};

  Result<std::string> ReadAt(FileSystem& files, std::uint64_t offset, std::uint64_t count) const;
};

class WordScan {
 public:
  // `streams` by their numbers. `words`: ASCII letters, digits and _, in lower case, each at most
  // kLongestWord bytes. `files` outlives the object.
  static constexpr std::size_t kLongestWord = 256;
  WordScan(FileSystem& files, ByteSource index, ByteSource service, std::vector<ByteSource> streams,
           std::vector<std::string> words);

  // Whether the bytes of the entries of these records hold each word, in any case; true when in
  // doubt.
  bool MayHold(std::uint64_t first_record, std::uint64_t count);

 private:
  struct Range {
    std::uint64_t begin = UINT64_MAX;
    std::uint64_t end = 0;
  };
  bool Ranges(std::uint64_t first_record, std::uint64_t count);
  // False when it cannot be read whole.
  bool Scan(const ByteSource& source, const Range& range);

  FileSystem& files_;
  const ByteSource index_;
  const ByteSource service_;
  const std::vector<ByteSource> streams_;
  const std::vector<std::string> words_;
  std::vector<Range> ranges_;  // by stream, then of the service
  std::vector<bool> found_;    // by word
};

// Words as WordScan wants them.
bool IsScannable(std::string_view word);

}  // namespace mlengine::logs
