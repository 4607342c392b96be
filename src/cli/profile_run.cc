#include "cli/profile_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string_view>

#include "base/unique_fd.h"

namespace mlengine::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTailLines = 15;
constexpr std::size_t kLongestLine = 64U << 10;
constexpr int kTurnMs = 50;
constexpr double kLoadEverySeconds = 0.25;

// Of all cores since the machine started, in processor seconds.
double IdleSeconds() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double waiting = 0;
  file >> cpu >> user >> nice >> system >> idle >> waiting;
  return (idle + waiting) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// One run from its start to its end.
class Watch {
 public:
  explicit Watch(const ProfileSpec& spec) : spec_(spec) {}

  Result<Profile> Run() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "make a pipe");
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    LocalProcess process = spec_.process;
    process.output_fd = write_end.get();
    process.own_session = true;
    start_ = Clock::now();
    MLENGINE_ASSIGN_OR_RETURN(pid_, family_.Start(process, true));
    write_end.reset();
    std::optional<int> code;
    while (true) {
      const bool closed = ReadSome(read_end.get());
      if (family_.TakeSignal() != 0) return CancelledError("stopped; nothing was kept");
      code = family_.Ended(pid_);
      if (code) break;
      // A program may close its output and go on.
      if (closed) ::usleep(kTurnMs * 1000);
      EndWhenDue();
      NoteLoad();
    }
    out_.seconds = Seconds();
    while (!ReadSome(read_end.get()) && Seconds() < out_.seconds + 1) {
    }
    TakeLine(line_, out_.seconds);
    out_.exit_code = *code;
    return std::move(out_);
  }

 private:
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  // True when there is no more to come.
  bool ReadSome(int fd) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, kTurnMs) <= 0) return false;
    char buffer[16384];
    const ssize_t count = ::read(fd, buffer, sizeof(buffer));
    if (count < 0) return errno != EINTR && errno != EAGAIN;
    const double now = Seconds();
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(count))) {
      // A bar is drawn anew behind each '\r'.
      if (c != '\n' && c != '\r' && line_.size() < kLongestLine) {
        line_ += c;
        continue;
      }
      TakeLine(line_, now);
      line_.clear();
    }
    return count == 0;
  }

  void TakeLine(const std::string& line, double now) {
    if (line.empty()) return;
    out_.track.Add(now, line);
    out_.tail.push_back(line);
    if (out_.tail.size() > kTailLines) out_.tail.erase(out_.tail.begin());
    due_ = due_ || (spec_.enough && spec_.enough(out_.track));
  }

  void EndWhenDue() {
    const auto limit = std::chrono::duration<double>(spec_.limit).count();
    if (!out_.was_ended && (due_ || Seconds() > limit)) {
      out_.was_ended = true;
      kill_at_ = Seconds() + std::chrono::duration<double>(spec_.grace).count();
      ::kill(pid_, SIGTERM);
    }
    if (out_.was_ended && Seconds() > kill_at_) ::kill(pid_, SIGKILL);
  }

  void NoteLoad() {
    const double now = Seconds();
    if (!out_.loads.empty() && now < out_.loads.back().at + kLoadEverySeconds) return;
    out_.loads.push_back({now, family_.CoreSeconds(), IdleSeconds()});
  }

  const ProfileSpec& spec_;
  ProcessFamily family_;
  Clock::time_point start_;
  pid_t pid_ = 0;
  Profile out_;
  std::string line_;
  bool due_ = false;
  double kill_at_ = 0;
};

}  // namespace

std::optional<insight::CoreUse> Profile::CoresBetween(double from, double to) const {
  constexpr double kShortest = 0.5;
  const auto first = std::ranges::lower_bound(loads, from, {}, &Load::at);
  const auto behind = std::ranges::upper_bound(loads, to, {}, &Load::at);
  if (first == loads.end() || behind == loads.begin()) return {};
  const auto last = behind - 1;
  const double passed = last->at - first->at;
  if (last <= first || passed < kShortest) return {};
  const double used = (last->used - first->used) / passed;
  return insight::CoreUse{used + (last->idle - first->idle) / passed, used};
}

Result<Profile> RunProfile(const ProfileSpec& spec) {
  return Watch(spec).Run();
}

}  // namespace mlengine::cli
