// ConsoleTail: what a file that processes append to has got since the last look, as entries of a
// log. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "logs/line_parser.h"
#include "logs/log_store.h"

namespace mlengine::serving {

class ConsoleTail {
 public:
  // From that byte on. `files` outlives it.
  ConsoleTail(FileSystem& files, std::string path, std::uint64_t from);

  struct Piece {
    std::vector<logs::ServiceEntry> entries;  // of the task "stream"
    std::uint64_t skipped = 0;                // bytes, where more came than a look may read
  };
  Piece Read(Time now);
  // Up to where it has read.
  std::uint64_t offset() const { return parser_.offset(); }

 private:
  FileSystem& files_;
  const std::string path_;
  logs::LineParser parser_;
  std::string held_;               // bytes that are in no entry yet
  std::uint64_t held_offset_ = 0;  // of their first
};

}  // namespace mlengine::serving
