// Segment: the bytes of a closed stream or index, compressed, never changed again and readable at
// any offset. The file is in zstd's seekable format, so `zstd -dc` gives all of it
// (docs/formats/log_segment.md). Immutable, so any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace mlengine::logs {

class Segment {
 public:
  static constexpr std::uint64_t kBlockBytes = 256U << 10;  // of a block, before compression

  // Reads the table at the file's end. NOT_FOUND, or DATA_LOSS when it is no whole segment. `files`
  // must outlive the object; no file stays open.
  static Result<std::shared_ptr<const Segment>> Open(FileSystem& files, std::string path);

  // Bytes before compression.
  std::uint64_t size() const { return blocks_.back().at; }
  // Bytes of the file.
  std::uint64_t stored_size() const { return stored_size_; }

  // At most `count` bytes from `offset`; fewer only at the end. DATA_LOSS where a block does not
  // fit its checksum.
  Result<std::string> ReadAt(std::uint64_t offset, std::uint64_t count) const;

 private:
  struct Block {
    std::uint64_t at = 0;         // of its bytes in all bytes
    std::uint64_t stored_at = 0;  // of the block in the file
  };

  Segment(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  FileSystem& files_;
  const std::string path_;
  std::uint64_t stored_size_ = 0;
  std::vector<Block> blocks_;  // and one behind the last
};

// Makes `target` of the first `bytes` bytes of `source`, or of all where it has fewer; what was
// written is read back and compared. It is on the disk when this returns OK; a failure leaves
// nothing.
Status WriteSegment(FileSystem& files, const std::string& source, std::uint64_t bytes,
                    const std::string& target);

}  // namespace mlengine::logs
