// InstanceReader: the instances of a span one after the other, from where the last part ended.
// Takes any bytes: what cannot be read is an instance with an error, and reading goes on behind it
// where that can be. One owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "batch/byte_source.h"

namespace mlengine::batch {

struct Instance {
  std::string bytes;         // a line without its end, or a record
  std::uint64_t number = 0;  // in its span, from 1: of the line, blank ones counted, or the record
  std::string error;         // not empty: why it cannot be read
};

// Where a reader stands; kept with each part.
struct ReadPlace {
  // Of the next instance: of lines in the file, of records in what the file holds.
  std::uint64_t offset = 0;
  std::uint64_t count = 0;  // instances before it in the span, as Instance::number counts
  friend bool operator==(const ReadPlace&, const ReadPlace&) = default;
};

class InstanceReader {
 public:
  virtual ~InstanceReader() = default;
  // False: the span has no more. Not OK: the input cannot be reached, or was changed.
  virtual Result<bool> Next(Instance& out) = 0;
  virtual ReadPlace place() const = 0;
  // How far the stored bytes of the file are read, about.
  virtual std::uint64_t stored_bytes() const = 0;
};

// A line or record of more bytes is an error.
inline constexpr std::uint64_t kLongestInstance = 32U << 20;

// The lines that begin in [begin, end) of a file; blank ones are passed over. `place` is where an
// earlier reader stood; with count 0 the span is read from `begin`.
std::unique_ptr<InstanceReader> NewLineReader(ReadFunction read, std::uint64_t begin,
                                              std::uint64_t end, ReadPlace place);

// TFRecord frames. One whose bytes are damaged is an error; after one whose length is, nothing of
// the file can be told apart any more. So many bytes of `source` as `skip` says lie before `place`.
std::unique_ptr<InstanceReader> NewRecordReader(std::unique_ptr<ByteSource> source, ReadPlace place,
                                                std::uint64_t skip);

}  // namespace mlengine::batch
