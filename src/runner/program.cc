#include "runner/program.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "base/file_system.h"
#include "runner/process_use.h"

namespace mlengine::runner {
namespace {

constexpr int kReapedAtOnce = 256;
constexpr std::chrono::seconds kAsidePatience{2};
constexpr std::chrono::milliseconds kSharePatience{300};

struct CloseFolder {
  void operator()(DIR* d) const { ::closedir(d); }
};

std::vector<pid_t> NumbersIn(const std::string& folder) {
  std::vector<pid_t> out;
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (open == nullptr) return out;
  while (const dirent* entry = ::readdir(open.get())) {
    const pid_t number = static_cast<pid_t>(std::atol(entry->d_name));
    if (number > 0) out.push_back(number);
  }
  return out;
}

// The parent of a process; 0 when it is gone.
pid_t ParentOf(pid_t pid) {
  const std::string text =
      RealFileSystem().Read("/proc/" + std::to_string(pid) + "/stat").value_or("");
  const std::size_t after_name = text.rfind(')');  // the name may hold anything
  if (after_name == std::string::npos || after_name + 4 > text.size()) return 0;
  return static_cast<pid_t>(std::atol(text.c_str() + after_name + 4));
}

std::int64_t FieldOf(const std::string& text, std::string_view key) {
  const std::size_t at = text.find(key);
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + key.size());
}

// Stops a process and then, as its children can no longer be reaped by it and so keep their
// numbers, these in turn; what is stopped forks no more. The list of all.
std::vector<pid_t> StopTree(pid_t root) {
  std::vector<pid_t> all = ChildrenOf(root);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ::kill(all[i], SIGSTOP);
    const std::vector<pid_t> more = ChildrenOf(all[i]);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  std::vector<pid_t> out;
  bool known = false;
  for (const pid_t task : NumbersIn(tasks)) {
    const Result<std::string> text =
        RealFileSystem().Read(tasks + "/" + std::to_string(task) + "/children");
    if (!text.ok()) continue;
    known = true;
    const char* at = text->c_str();
    char* end = nullptr;
    for (long child = 0; (child = std::strtol(at, &end, 10)) > 0; at = end) {
      out.push_back(static_cast<pid_t>(child));
    }
  }
  if (known) return out;
  // A kernel without that file.
  for (const pid_t other : NumbersIn("/proc")) {
    if (ParentOf(other) == pid) out.push_back(other);
  }
  return out;
}

std::vector<pid_t> DescendantsOf(pid_t pid) {
  std::vector<pid_t> all = ChildrenOf(pid);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::vector<pid_t> more = ChildrenOf(all[i]);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

Status Program::Start(const ProgramSpec& spec) {
  ProcessSpec process;
  process.words = spec.words;
  process.environment = spec.environment;
  process.folder = spec.folder;
  process.stdout_fd = spec.stdout_fd;
  process.stderr_fd = spec.stderr_fd;
  process.new_session = true;
  process.die_with_starter = true;
  process.born_in = spec.born_in;
  MLENGINE_ASSIGN_OR_RETURN(const ChildProcess child, ChildProcess::Start(process));
  pid_ = child.pid();  // reaped here, with what it used
  return OkStatus();
}

void Program::Reap(pid_t pid) {
  rusage used{};
  int status = 0;
  if (::wait4(pid, &status, 0, &used) != pid) return;
  if (aside_.erase(pid) > 0) return;
  if (pid == pid_) reaped_ = true;
  const auto nanos = [](const timeval& t) {
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_usec * 1000;
  };
  cpu_user_ns_ += nanos(used.ru_utime);
  cpu_system_ns_ += nanos(used.ru_stime);
  peak_bytes_ = std::max<std::int64_t>(peak_bytes_, used.ru_maxrss * 1024);
}

std::optional<ProcessEnd> Program::End() {
  if (end_ || pid_ < 0) return end_;
  siginfo_t info{};
  // Left unreaped: its number must stay its own until its group was killed.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
      info.si_pid == pid_) {
    end_ = info.si_code == CLD_EXITED ? ProcessEnd{.exit_code = info.si_status, .signal = 0}
                                      : ProcessEnd{.exit_code = 0, .signal = info.si_status};
    return end_;
  }
  // Not all: of a chain that forks on and on they come as fast as they are reaped.
  for (int i = 0; i < kReapedAtOnce; ++i) {
    info = {};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid == 0) break;
    if (info.si_pid == pid_) return End();
    Reap(info.si_pid);
  }
  return end_;
}

void Program::Signal(int signal) {
  if (pid_ > 0 && !reaped_) ::kill(-pid_, signal);
}

bool Program::KillAll() {
  static_cast<void>(End());
  Signal(SIGKILL);
  for (const pid_t one : StopTree(::getpid())) ::kill(one, SIGKILL);
  for (int i = 0; i < kReapedAtOnce; ++i) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) != 0) return errno == ECHILD;
    if (info.si_pid == 0) return OnlyAsideHangs();
    if (info.si_pid == pid_ && !end_) static_cast<void>(End());
    Reap(info.si_pid);
  }
  return false;
}

// One that the kernel does not let go, in a driver that hangs, is waited for a moment only.
bool Program::OnlyAsideHangs() {
  const auto now = std::chrono::steady_clock::now();
  const bool only = std::ranges::all_of(ChildrenOf(::getpid()),
                                        [this](pid_t child) { return aside_.contains(child); });
  if (!only) only_aside_since_.reset();
  if (only && !only_aside_since_) only_aside_since_ = now;
  return only && now - *only_aside_since_ > kAsidePatience;
}

std::vector<pid_t> Program::Processes() const {
  std::vector<pid_t> all = ChildrenOf(::getpid());
  std::erase_if(all, [this](pid_t child) { return aside_.contains(child); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::vector<pid_t> more = ChildrenOf(all[i]);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

ProgramUse Program::Measure(std::int64_t memory_limit) {
  FileSystem& files = RealFileSystem();
  const std::vector<pid_t> all = Processes();
  ProgramUse use;
  std::vector<Resident> residents;
  for (const pid_t pid : all) {
    const std::string status = files.Read("/proc/" + std::to_string(pid) + "/status").value_or("");
    residents.push_back({pid, FieldOf(status, "\nVmRSS:") * 1024});
    use.memory_bytes += residents.back().bytes;
    use.tasks += FieldOf(status, "\nThreads:");
  }
  if (use.memory_bytes > memory_limit) {
    const PssSum sum = SumPss(std::move(residents), memory_limit, kSharePatience);
    use.memory_bytes = sum.bytes;
    if (sum.resident_of_rest > 0) use.memory_bytes = std::max(sum.bytes, memory_limit);
  }
  peak_bytes_ = std::max(peak_bytes_, use.memory_bytes);
  return use;
}

}  // namespace mlengine::runner
