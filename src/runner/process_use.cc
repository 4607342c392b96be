#include "runner/process_use.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>

#include "base/file_system.h"

namespace mlengine::runner {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMostNumber = std::int64_t{1} << 48;  // so that sums do not overflow
constexpr std::string_view kSocket = "socket:[";

struct CloseFolder {
  void operator()(DIR* d) const { ::closedir(d); }
};

std::string PlaceOf(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

milliseconds FromTicks(std::int64_t ticks) {
  static const long a_second = std::max(1L, ::sysconf(_SC_CLK_TCK));
  return milliseconds(ticks * 1000 / a_second);
}

std::optional<std::int64_t> FieldOf(const std::string& text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  return std::atoll(text.c_str() + at + key.size());
}

std::optional<BlockBytes> ReadIo(const std::string& path) {
  const Result<std::string> text = RealFileSystem().Read(path);
  if (!text.ok()) return std::nullopt;
  const auto read = FieldOf(*text, "\nread_bytes: ");
  const auto written = FieldOf(*text, "\nwrite_bytes: ");
  if (!read || !written) return std::nullopt;
  // What was cut off or removed before it was written never is.
  const std::int64_t cancelled = FieldOf(*text, "\ncancelled_write_bytes: ").value_or(0);
  return BlockBytes{*read, std::max<std::int64_t>(0, *written - cancelled)};
}

}  // namespace

std::optional<ProcessUse> ParseProcessStat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string_view::npos || name_end + 3 > text.size()) return std::nullopt;
  ProcessUse use;
  use.state = text[name_end + 2];
  std::string_view rest = text.substr(name_end + 3);
  std::int64_t numbers[21] = {};  // those behind the state
  for (std::int64_t& number : numbers) {
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    // One that is too large for the type is none of those looked at.
    if (error == std::errc::invalid_argument) return std::nullopt;
    number = std::clamp<std::int64_t>(number, 0, kMostNumber);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  use.cpu_user = FromTicks(numbers[10] + numbers[12]);
  use.cpu_system = FromTicks(numbers[11] + numbers[13]);
  use.threads = static_cast<int>(std::min<std::int64_t>(numbers[16], 1 << 22));
  use.resident_bytes = numbers[20] * ::sysconf(_SC_PAGE_SIZE);
  return use;
}

std::optional<ProcessUse> ReadProcessUse(pid_t pid) {
  const Result<std::string> text = RealFileSystem().Read(PlaceOf(pid) + "/stat");
  return text.ok() ? ParseProcessStat(*text) : std::nullopt;
}

std::optional<std::int64_t> ReadPss(pid_t pid) {
  const Result<std::string> text = RealFileSystem().Read(PlaceOf(pid) + "/smaps_rollup");
  if (!text.ok()) return std::nullopt;
  const std::optional<std::int64_t> kibibytes = FieldOf(*text, "\nPss:");
  return kibibytes ? std::optional(*kibibytes * 1024) : std::nullopt;
}

PssSum SumPss(std::vector<Resident> processes, std::int64_t enough,
              std::chrono::milliseconds patience) {
  std::ranges::sort(processes, std::ranges::greater{}, &Resident::bytes);
  const auto begun = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds cpu_before = ThreadCpu();
  const auto waited = [&] {
    return std::chrono::steady_clock::now() - begun - (ThreadCpu() - cpu_before);
  };
  PssSum sum;
  for (const Resident& process : processes) {
    if (sum.bytes > enough || waited() > patience) {
      sum.resident_of_rest += process.bytes;
      continue;
    }
    const std::optional<std::int64_t> pss = ReadPss(process.pid);
    sum.any_told = sum.any_told || pss.has_value();
    if (const auto use = pss ? std::nullopt : ReadProcessUse(process.pid))
      sum.bytes += use->resident_bytes;
    sum.bytes += pss.value_or(0);
    sum.resident_of_seen += process.bytes;
  }
  return sum;
}

std::optional<BlockBytes> ReadBlockBytes(pid_t pid) {
  return ReadIo(PlaceOf(pid) + "/io");
}

// The kernel adds those of a child to its parent's sum; a thread's own sum is without them.
std::optional<BlockBytes> ReadBlockBytesOfReaped() {
  const std::optional<BlockBytes> all = ReadIo("/proc/self/io");
  const std::optional<BlockBytes> own = ReadIo("/proc/thread-self/io");
  if (!all || !own) return std::nullopt;
  return BlockBytes{std::max<std::int64_t>(0, all->read - own->read),
                    std::max<std::int64_t>(0, all->written - own->written)};
}

std::chrono::nanoseconds ThreadCpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void AddSockets(pid_t pid, std::set<std::uint32_t>& inodes) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir((PlaceOf(pid) + "/fd").c_str()));
  if (open == nullptr) return;
  char target[64];
  while (const dirent* entry = ::readdir(open.get())) {
    const ssize_t n = ::readlinkat(::dirfd(open.get()), entry->d_name, target, sizeof(target));
    if (n <= static_cast<ssize_t>(kSocket.size())) continue;
    std::string_view text(target, static_cast<std::size_t>(n));
    if (!text.starts_with(kSocket)) continue;
    text.remove_prefix(kSocket.size());
    std::uint32_t inode = 0;
    std::from_chars(text.data(), text.data() + text.size(), inode);
    if (inode != 0) inodes.insert(inode);
  }
}

}  // namespace mlengine::runner
