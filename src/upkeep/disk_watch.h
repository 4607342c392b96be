// DiskWatch: how full the disk of the data folder is, and what follows from it. Below the low-water
// mark new jobs and uploads are refused while everything else goes on; when a write of a record
// finds no room, a piece of the reserve is given up for it. Both end by themselves once there is
// room again. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "upkeep/disk_reserve.h"

namespace mlengine::upkeep {

// The low-water mark of a disk of that many bytes, where none is configured: 1 % of it, but at
// least 256 MiB and at most 4 GiB, and never more than a tenth of the disk.
std::uint64_t DefaultLowWater(std::uint64_t total);
// The size of the reserve: 16 MiB, or a sixteenth of a small disk.
std::uint64_t DefaultReserve(std::uint64_t total);
// "5.0 MiB", for people.
std::string BytesText(std::uint64_t bytes);

// Of the file system that holds `folder`.
Result<DiskRoom> MeasureDisk(const std::string& folder);

struct DiskWatchOptions {
  std::string folder;                              // absolute; named in messages
  std::optional<std::uint64_t> low_water;          // bytes; unset: by the disk's size
  std::optional<std::uint64_t> reserve;            // bytes; unset: by the disk's size; 0: none
  std::function<Result<DiskRoom>()> measure = {};  // unset: MeasureDisk(folder)
};

struct DiskState {
  DiskRoom room;
  std::uint64_t low_water = 0;
  std::uint64_t reserve_held = 0;
  std::uint64_t reserve_wanted = 0;
  bool low = false;  // new work is refused
};
// One sentence for people and for /healthz: what is free, what is refused, what to do.
std::string DiskSentence(const DiskState& state, const std::string& folder);

class DiskWatch {
 public:
  explicit DiskWatch(DiskWatchOptions options);
  // Stops the thread, if there is one.
  ~DiskWatch();
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  // RESOURCE_EXHAUSTED while the disk is low, or would be after `coming` more bytes.
  Status AcceptWork(std::uint64_t coming = 0);
  // Gives up a piece of the reserve for a write that found no room; false when nothing is left, or
  // when it was not the disk that is full.
  bool MakeRoom();
  // Gives up as much of the reserve as brings the free bytes to `bytes`, if it has as much.
  void MakeRoomFor(std::uint64_t bytes);
  DiskState State();

  // One look: says once in the server's log that the disk became low or has room again, and makes
  // the reserve again.
  void Look();
  // Looks now, and then each second on a thread of its own.
  void Start();

 private:
  const DiskWatchOptions options_;
  const std::uint64_t low_water_;
  DiskReserve reserve_;
  std::mutex look_mutex_;
  bool told_low_ = false;      // guarded by look_mutex_, as is the next
  bool told_reserve_ = false;  // that it cannot be made
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace mlengine::upkeep
