#include "upkeep/disk_watch.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "base/file_system.h"
#include "base/log.h"

namespace mlengine::upkeep {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20;
// Given up at once: room for some ten records, and a program that still fills the disk does not get
// all of the reserve.
constexpr std::uint64_t kPiece = kMebibyte / 4;
// With so much free it was not the disk that was full.
constexpr std::uint64_t kNotFull = 4 * kMebibyte;

DiskWatchOptions WithMeasure(DiskWatchOptions options) {
  if (!options.measure) options.measure = [folder = options.folder] { return MeasureDisk(folder); };
  return options;
}

std::uint64_t TotalOf(const DiskWatchOptions& options) {
  return options.measure().value_or(DiskRoom{}).total;
}

}  // namespace

std::uint64_t DefaultLowWater(std::uint64_t total) {
  const std::uint64_t share = std::clamp(total / 100, 256 * kMebibyte, 4096 * kMebibyte);
  return std::min(share, total / 10);
}

std::uint64_t DefaultReserve(std::uint64_t total) {
  return std::min(16 * kMebibyte, total / 16);
}

std::string BytesText(std::uint64_t bytes) {
  const char* unit = "KiB";
  double value = static_cast<double>(bytes) / 1024;
  for (const char* next : {"MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  char text[48];
  std::snprintf(text, sizeof(text), "%.1f %s", value, unit);
  return text;
}

Result<DiskRoom> MeasureDisk(const std::string& folder) {
  struct statvfs st{};
  if (::statvfs(folder.c_str(), &st) != 0) return ErrnoError(errno, "statvfs " + folder);
  const auto block = static_cast<std::uint64_t>(st.f_frsize);
  return DiskRoom{st.f_bavail * block, st.f_blocks * block};
}

std::string DiskSentence(const DiskState& state, const std::string& folder) {
  const std::string free = "the disk of " + folder + " has " + BytesText(state.room.free) + " free";
  if (!state.low) return free;
  return free + ", less than the " + BytesText(state.low_water) +
         " that must stay (disk.lowWater): new jobs and uploads are refused, waiting jobs wait, "
         "running "
         "jobs go on; free some space there, and work is taken again by itself";
}

DiskWatch::DiskWatch(DiskWatchOptions options)
    : options_(WithMeasure(std::move(options))),
      low_water_(options_.low_water.value_or(DefaultLowWater(TotalOf(options_)))),
      reserve_(JoinPath(options_.folder, "reserve"),
               options_.reserve.value_or(DefaultReserve(TotalOf(options_)))) {}

DiskWatch::~DiskWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status DiskWatch::AcceptWork(std::uint64_t coming) {
  const Result<DiskRoom> room = options_.measure();
  // A disk that cannot be measured will refuse by itself.
  if (!room.ok()) return OkStatus();
  const bool low = room->free < low_water_;
  if (!low && room->free - low_water_ >= coming) return OkStatus();
  std::string message = "The disk of " + options_.folder + " has " + BytesText(room->free) +
                        " free, and " + BytesText(low_water_) + " must stay free (disk.lowWater)";
  if (!low) message += "; this needs " + BytesText(coming) + " more";
  return ResourceExhaustedError(
      message +
      ". Free some space there, or lower disk.lowWater in mlengine.yaml, and try again; running "
      "jobs go on.");
}

bool DiskWatch::MakeRoom() {
  // Descriptors or memory may be what was missing: the reserve is kept for the disk.
  const Result<DiskRoom> room = options_.measure();
  if (!room.ok() || room->free >= kNotFull) return false;
  const bool given = reserve_.GiveUp(kPiece);
  if (given) {
    Log(LogLevel::kWarning, "the disk is full; a piece of the reserve is given up for a record",
        {{"folder", options_.folder}, {"reserve_left", BytesText(reserve_.held())}});
  }
  return given;
}

void DiskWatch::MakeRoomFor(std::uint64_t bytes) {
  const Result<DiskRoom> room = options_.measure();
  if (room.ok() && room->free < bytes && reserve_.GiveUp(bytes - room->free)) {
    Log(LogLevel::kWarning, "the disk is full; a piece of the reserve is given up",
        {{"folder", options_.folder}, {"reserve_left", BytesText(reserve_.held())}});
  }
}

DiskState DiskWatch::State() {
  DiskState state;
  state.room = options_.measure().value_or(DiskRoom{});
  state.low_water = low_water_;
  state.reserve_held = reserve_.held();
  state.reserve_wanted = reserve_.wanted();
  state.low = state.room.total > 0 && state.room.free < low_water_;
  return state;
}

void DiskWatch::Look() {
  const std::lock_guard lock(look_mutex_);
  const DiskState state = State();
  // A little more than the mark, so that a disk that hovers at it is told of once.
  const bool plenty = state.room.free >= low_water_ + low_water_ / 10;
  if (state.low && !told_low_) {
    Log(LogLevel::kWarning, DiskSentence(state, options_.folder));
    told_low_ = true;
  } else if (told_low_ && plenty) {
    Log(LogLevel::kInfo, DiskSentence(state, options_.folder) + " again; new work is taken");
    told_low_ = false;
  }
  if (state.reserve_held == state.reserve_wanted) return;
  const std::uint64_t missing =
      state.reserve_wanted - std::min(state.reserve_held, state.reserve_wanted);
  if (state.low || state.room.free - low_water_ < missing) return;
  const Status made = reserve_.Refill();
  if (!made.ok() && !told_reserve_) {
    Log(LogLevel::kWarning, "the reserve cannot be made", {{"error", made.ToString()}});
  }
  told_reserve_ = !made.ok();
}

void DiskWatch::Start() {
  Look();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
      lock.unlock();
      Look();
      lock.lock();
    }
  });
}

}  // namespace mlengine::upkeep
