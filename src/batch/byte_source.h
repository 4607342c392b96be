// ByteSource: the bytes of an input, block by block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace mlengine::batch {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next block, of at most a few MiB; empty at the end. DATA_LOSS: what follows cannot be read.
  virtual Result<std::string> Next() = 0;
  // How far it is in the stored bytes.
  virtual std::uint64_t stored_bytes() const = 0;
};

// At most so many bytes from that place; fewer only at the end.
using ReadFunction = std::function<Result<std::string>(std::uint64_t offset, std::uint64_t count)>;

std::unique_ptr<ByteSource> NewPlainSource(ReadFunction read, std::uint64_t offset);
// What a gzip file holds, from its beginning; also one of several members.
std::unique_ptr<ByteSource> NewGzipSource(ReadFunction read);

}  // namespace mlengine::batch
