// DiskReserve: a file of really allocated bytes (DATA/reserve, docs/formats/reserve.md) that is
// given up piece by piece when the disk is full, so that ends of jobs and cancels can still be
// written. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "base/status.h"

namespace mlengine::upkeep {

// How much room a file system has, in bytes.
struct DiskRoom {
  std::uint64_t free = 0;  // for an unprivileged writer
  std::uint64_t total = 0;
};

class DiskReserve {
 public:
  // `wanted` bytes at `path`. Nothing is touched yet; a file that is there is what is held.
  DiskReserve(std::string path, std::uint64_t wanted);

  // Gives back up to `bytes` to the disk. False when nothing was left to give.
  bool GiveUp(std::uint64_t bytes);
  // Allocates what is missing, and gives back what is too much. RESOURCE_EXHAUSTED leaves the file
  // as it was.
  Status Refill();

  std::uint64_t wanted() const { return wanted_; }
  std::uint64_t held() const;

 private:
  const std::string path_;
  const std::uint64_t wanted_;
  mutable std::mutex mutex_;  // one change of the file at a time
};

}  // namespace mlengine::upkeep
