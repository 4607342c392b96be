// FolderLock: an advisory lock on a file, held across threads and processes until it is closed by
// all who inherited it. The system lets go of it when they die.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::runtimes {

class FolderLock {
 public:
  // The lock, or nothing when another holds it. The file is made when missing.
  static Result<std::optional<FolderLock>> Try(const std::string& file);

  int fd() const { return fd_.get(); }

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace mlengine::runtimes
