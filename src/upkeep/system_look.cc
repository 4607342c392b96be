#include "upkeep/system_look.h"

#include <fts.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/file_system.h"
#include "base/process.h"

namespace mlengine::upkeep {
namespace {

constexpr std::chrono::seconds kVersionTime{5};
constexpr std::uint64_t kBlock = 512;  // of st_blocks

// By the name in the data folder.
std::uint64_t StoreSizes::* PartOf(std::string_view name) {
  static const std::map<std::string_view, std::uint64_t StoreSizes::*> parts = {
      {"logs", &StoreSizes::logs},
      {"buckets", &StoreSizes::buckets},
      {"uploads", &StoreSizes::buckets},
      {"cache", &StoreSizes::cache},
      {"runtimes", &StoreSizes::runtimes},
      {"jobs", &StoreSizes::jobs},
      {"t", &StoreSizes::jobs}};
  const auto part = parts.find(name);
  return part == parts.end() ? &StoreSizes::state : part->second;
}

}  // namespace

StoreSizes MeasureStore(const std::string& data_folder, const std::atomic<bool>& stop) {
  StoreSizes sizes;
  std::string root = data_folder;
  char* const roots[] = {root.data(), nullptr};
  const std::unique_ptr<FTS, int (*)(FTS*)> walk(
      ::fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, nullptr), ::fts_close);
  if (walk == nullptr) return sizes;
  std::set<std::pair<dev_t, ino_t>> counted;  // of several names
  std::uint64_t StoreSizes::* part = &StoreSizes::state;
  while (FTSENT* entry = stop ? nullptr : ::fts_read(walk.get())) {
    if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR)
      continue;
    if (entry->fts_level == 1) {
      const std::string_view name(entry->fts_name);
      if (name == "reserve") continue;
      part = PartOf(name);
    }
    const struct stat& st = *entry->fts_statp;
    if (!S_ISDIR(st.st_mode) && st.st_nlink > 1 && !counted.emplace(st.st_dev, st.st_ino).second)
      continue;
    sizes.*part += static_cast<std::uint64_t>(st.st_blocks) * kBlock;
  }
  return sizes;
}

std::optional<ProgramFile> LookAtProgram(const std::string& path) {
  const Result<FileStat> stat = RealFileSystem().Stat(path);
  if (!stat.ok() || stat->is_directory) return std::nullopt;
  ProgramFile program{path.substr(path.rfind('/') + 1), stat->size, ""};
  const Result<ProcessOutput> output =
      RunProcess({.words = {path, "--version"}, .die_with_starter = true}, kVersionTime);
  if (!output.ok() || !output->end.ok()) return program;
  // "mlengine 0.1.0"
  std::string_view line = output->tail;
  line = line.substr(0, line.find('\n'));
  const std::size_t blank = line.rfind(' ');
  if (blank != std::string_view::npos) program.version = line.substr(blank + 1);
  return program;
}

SystemLook::SystemLook(SystemLookOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

SystemLook::~SystemLook() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<SystemSight> SystemLook::Last() {
  const std::lock_guard lock(mutex_);
  const bool old = !last_ || std::chrono::steady_clock::now() - looked_at_ >= options_.every;
  if (old && !wanted_) {
    wanted_ = true;
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    wake_.notify_all();
  }
  return last_;
}

void SystemLook::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!wanted_) {
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    SystemSight sight{clock_.Now(), MeasureStore(options_.data_folder, stopping_), {}};
    for (const std::string& path : options_.programs) {
      if (stopping_) break;
      if (auto program = LookAtProgram(path)) sight.programs.push_back(*std::move(program));
    }
    lock.lock();
    last_ = std::move(sight);
    looked_at_ = std::chrono::steady_clock::now();
    wanted_ = false;
  }
}

}  // namespace mlengine::upkeep
