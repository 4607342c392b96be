// Spool: a program's standard output or error as a file, held open: a program that removes,
// replaces or hides the file loses no line by it. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::runner {

class Spool {
 public:
  Spool() = default;
  // Made when missing; for appending.
  static Result<Spool> Open(const std::string& path);

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  // What was written, whatever its name leads to now; 0 of one that was not opened.
  std::uint64_t size() const;
  // Which file it is; 0 of one that was not opened.
  std::uint64_t inode() const;
  // Its last bytes, at most `limit`.
  std::string Tail(std::uint64_t limit) const;
  // True when another file, or none, has its name.
  bool IsDisplaced() const;
  // For when nobody writes any more: everything is on the disk under its name, which takes the
  // place of whatever is there.
  Status Settle();

 private:
  Spool(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Status CopyBack();

  std::string path_;
  UniqueFd fd_;
};

}  // namespace mlengine::runner
