#include "base/process.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/crash_point.h"
#include "base/file_system.h"

// glibc 2.36 declares these for C alone.
extern "C" {
#include <sys/pidfd.h>
}

namespace mlengine {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr unsigned kCloseOnExec = 1U << 2;     // CLOSE_RANGE_CLOEXEC
constexpr std::size_t kLineLimit = 64U << 10;  // a longer line is handed on in pieces

// The attributes and actions of posix_spawn, freed together.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // 0 or an errno.
  int Fill(const ProcessSpec& spec) {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                      (spec.new_session ? POSIX_SPAWN_SETSID : 0) |
                      (spec.new_group ? POSIX_SPAWN_SETPGROUP : 0);
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    int error = 0;
    if (spec.stdin_fd < 0) {
      error = ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    } else {
      error = Place(spec.stdin_fd, 0);
    }
    if (error == 0 && spec.stdout_fd >= 0) error = Place(spec.stdout_fd, 1);
    if (error == 0 && spec.stderr_fd >= 0) error = Place(spec.stderr_fd, 2);
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    if (error == 0 && !spec.folder.empty()) {
      error = ::posix_spawn_file_actions_addchdir_np(&actions_, spec.folder.c_str());
    }
    return error;
  }

  posix_spawnattr_t* attributes() { return &attributes_; }
  posix_spawn_file_actions_t* actions() { return &actions_; }

 private:
  // A descriptor below 3 is moved up first: else placing one could overwrite the source of another.
  int Place(int fd, int target) {
    if (fd < 3) {
      moved_[static_cast<std::size_t>(target)].reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
      fd = moved_[static_cast<std::size_t>(target)].get();
      if (fd < 0) return errno;
    }
    return ::posix_spawn_file_actions_adddup2(&actions_, fd, target);
  }

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
  std::array<UniqueFd, 3> moved_;
};

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

Status CheckSpec(const ProcessSpec& spec) {
  if (spec.words.empty() || spec.words[0].empty()) {
    return InvalidArgumentError("no program to run was named");
  }
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::ranges::any_of(spec.words, has_nul)) {
    return InvalidArgumentError("an argument of " + spec.words[0] + " holds a NUL byte");
  }
  if (!spec.environment) return OkStatus();
  for (const auto& [name, value] : *spec.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return InvalidArgumentError("the environment of " + spec.words[0] +
                                  " holds a variable whose name or value is not valid");
    }
  }
  return OkStatus();
}

// Negative: without limit.
int PollTimeout(std::optional<SteadyTime> until) {
  if (!until) return -1;
  const auto left =
      std::chrono::ceil<milliseconds>(*until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1LL << 30));
}

// What the child of a fork needs: nothing is allocated between fork and exec.
struct ForkPlan {
  const ProcessSpec& spec;
  pid_t parent;
  std::array<int, 3> fds;  // all above 2, or -1
  int report;
  char* const* argv;
  char* const* envp;
};

[[noreturn]] void BecomeProgram(const ForkPlan& plan) {
  if (plan.spec.new_session) ::setsid();
  if (plan.spec.new_group) ::setpgid(0, 0);
  if (plan.spec.die_with_starter) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);  // it died before
  }
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  bool ready = true;
  for (int i = 0; i < 3; ++i) {
    const int fd = plan.fds[static_cast<std::size_t>(i)];
    if (fd >= 0) ready = ready && ::dup2(fd, i) == i;
  }
  ::syscall(SYS_close_range, 3U, ~0U, kCloseOnExec);
  if (!plan.spec.folder.empty()) ready = ready && ::chdir(plan.spec.folder.c_str()) == 0;
  if (ready) ::execvpe(plan.argv[0], plan.argv, plan.envp);
  const int error = errno;
  static_cast<void>(!::write(plan.report, &error, sizeof(error)));
  ::_exit(127);
}

// As fork, but the child is born in that cgroup. The C library has no call for it.
pid_t ForkInto(int group) {
  clone_args wish{};
  wish.flags = CLONE_INTO_CGROUP;
  wish.exit_signal = SIGCHLD;
  wish.cgroup = static_cast<std::uint64_t>(group);
  return static_cast<pid_t>(::syscall(SYS_clone3, &wish, sizeof(wish)));
}

// 0 or an errno. posix_spawn can neither set the parent-death signal nor choose the cgroup.
int StartByFork(const ProcessSpec& spec, char* const* argv, char* const* envp, pid_t* pid) {
  std::array<UniqueFd, 3> fds;
  const std::array<int, 3> given = {spec.stdin_fd, spec.stdout_fd, spec.stderr_fd};
  for (std::size_t i = 0; i < 3; ++i) {
    if (given[i] >= 0) fds[i].reset(::fcntl(given[i], F_DUPFD_CLOEXEC, 3));
    if (given[i] >= 0 && !fds[i].ok()) return errno;
  }
  if (spec.stdin_fd < 0) {
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    fds[0].reset(::fcntl(null.get(), F_DUPFD_CLOEXEC, 3));
    if (!fds[0].ok()) return errno;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  const UniqueFd report(ends[0]);
  UniqueFd reporter(::fcntl(ends[1], F_DUPFD_CLOEXEC, 3));
  ::close(ends[1]);
  if (!reporter.ok()) return errno;
  const ForkPlan plan{.spec = spec,
                      .parent = ::getpid(),
                      .fds = {fds[0].get(), fds[1].get(), fds[2].get()},
                      .report = reporter.get(),
                      .argv = argv,
                      .envp = envp};
  // No handler of this program may run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  *pid = spec.born_in >= 0 ? ForkInto(spec.born_in) : -1;
  if (*pid < 0) *pid = ::fork();
  if (*pid == 0) BecomeProgram(plan);
  const int failed = *pid < 0 ? errno : 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed != 0) return failed;
  reporter.reset();
  int error = 0;
  ssize_t n = 0;
  while ((n = ::read(report.get(), &error, sizeof(error))) < 0 && errno == EINTR) {
  }
  if (n != sizeof(error)) return 0;
  ::waitpid(*pid, nullptr, 0);
  return error;
}

// 0 or an errno.
int StartBySpawn(const ProcessSpec& spec, char* const* argv, char* const* envp, pid_t* pid) {
  SpawnPlan plan;
  if (const int error = plan.Fill(spec); error != 0) return error;
  return ::posix_spawnp(pid, argv[0], plan.actions(), plan.attributes(), argv, envp);
}

ProcessEnd EndOf(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {.exit_code = info.si_status, .signal = 0};
  return {.exit_code = 0, .signal = info.si_status};
}

// Cuts what a program prints into lines and keeps its last bytes.
class OutputReader {
 public:
  OutputReader(const std::function<bool(std::string_view)>& on_line, std::size_t tail_limit)
      : on_line_(on_line), tail_limit_(tail_limit) {}

  // False when `on_line` wants no more.
  bool Take(std::string_view bytes) {
    tail_.append(bytes);
    if (tail_.size() > 2 * tail_limit_ + 4096) tail_.erase(0, tail_.size() - tail_limit_);
    if (!on_line_) return true;
    line_.append(bytes);
    std::size_t start = 0;
    for (std::size_t end = 0; (end = line_.find('\n', start)) != std::string::npos;
         start = end + 1) {
      if (!on_line_(std::string_view(line_).substr(start, end - start))) return false;
    }
    line_.erase(0, start);
    if (line_.size() < kLineLimit) return true;
    return on_line_(std::exchange(line_, {}));
  }
  bool Finish() { return line_.empty() || on_line_(std::exchange(line_, {})); }
  std::string Tail() && {
    if (tail_.size() > tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
    return std::move(tail_);
  }

 private:
  const std::function<bool(std::string_view)>& on_line_;
  std::size_t tail_limit_;
  std::string tail_;
  std::string line_;
};

enum class Drain { kOpen, kClosed, kStopped };

// Reads what is there now.
Drain ReadAvailable(int fd, OutputReader& reader) {
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN ? Drain::kOpen : Drain::kClosed;
    if (n == 0) return Drain::kClosed;
    if (!reader.Take({buffer.data(), static_cast<std::size_t>(n)})) return Drain::kStopped;
  }
}

Status KillAndReap(ChildProcess& child, Status why) {
  static_cast<void>(child.Signal(SIGKILL, true));
  child.Wait();
  return why;
}

}  // namespace

std::map<std::string, std::string> OwnEnvironment() {
  std::map<std::string, std::string> out;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string text = *one;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) out[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return out;
}

std::string Describe(const ProcessEnd& end) {
  if (end.signal != 0) {
    std::string out = "was killed by signal " + std::to_string(end.signal);
    if (const char* name = ::sigabbrev_np(end.signal)) out += " (SIG" + std::string(name) + ")";
    return out;
  }
  if (end.exit_code < 0) return "ended, and its status was taken by another part of this program";
  return "exited with status " + std::to_string(end.exit_code);
}

std::vector<ChildProcess> ChildProcess::Inherited() {
  std::vector<ChildProcess> children;
  FileSystem& files = RealFileSystem();
  for (const std::string& name : files.List("/proc").value_or(std::vector<std::string>{})) {
    const pid_t pid = std::atoi(name.c_str());
    if (pid <= 0) continue;
    const std::string stat = files.Read("/proc/" + name + "/stat").value_or("");
    // "PID (NAME) STATE PARENT …"; the name may hold anything.
    const std::size_t at = stat.rfind(')');
    if (at == std::string::npos || at + 4 > stat.size()) continue;
    if (std::atoi(stat.c_str() + at + 4) != ::getpid()) continue;
    UniqueFd pidfd(::pidfd_open(pid, 0));
    if (pidfd.ok()) children.push_back(ChildProcess(pid, std::move(pidfd)));
  }
  return children;
}

Result<ChildProcess> ChildProcess::Start(const ProcessSpec& spec) {
  MLENGINE_RETURN_IF_ERROR(CheckSpec(spec));
  const std::string what =
      "run " + spec.words[0] + (spec.folder.empty() ? "" : " in " + spec.folder);
  std::vector<std::string> words = spec.words;
  std::vector<std::string> variables;
  for (const auto& [name, value] :
       spec.environment.value_or(std::vector<std::pair<std::string, std::string>>{})) {
    variables.push_back(name + "=" + value);
  }
  const std::vector<char*> argv = Pointers(words);
  const std::vector<char*> own = Pointers(variables);
  char* const* envp = spec.environment ? own.data() : environ;
  pid_t pid = -1;
  CrashPoint("spawn.before", spec.words[0]);
  const int error = spec.die_with_starter || spec.born_in >= 0
                        ? StartByFork(spec, argv.data(), envp, &pid)
                        : StartBySpawn(spec, argv.data(), envp, &pid);
  if (error != 0) return ErrnoError(error, what);
  UniqueFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd.ok()) {
    const int failed = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return ErrnoError(failed, what + ": pidfd_open");
  }
  CrashPoint("spawn.after", spec.words[0]);
  return ChildProcess(pid, std::move(pidfd));
}

Status ChildProcess::Signal(int signal, bool group) const {
  if (end_) return OkStatus();
  // Not reaped yet: the number is still this process's, and its group's.
  const int rc =
      group ? ::kill(-pid_, signal) : ::pidfd_send_signal(pidfd_.get(), signal, nullptr, 0);
  if (rc == 0 || errno == ESRCH) return OkStatus();
  return ErrnoError(
      errno, "send signal " + std::to_string(signal) + " to process " + std::to_string(pid_));
}

std::optional<ProcessEnd> ChildProcess::Wait(std::optional<milliseconds> timeout) {
  if (end_) return end_;
  std::optional<SteadyTime> until;
  if (timeout) until = std::chrono::steady_clock::now() + *timeout;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  while (true) {
    const int n = ::poll(&ended, 1, PollTimeout(until));
    if (n > 0) break;
    if (n == 0) return std::nullopt;
    if (errno != EINTR) return std::nullopt;
  }
  siginfo_t info{};
  int rc = 0;
  while ((rc = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED)) != 0 &&
         errno == EINTR) {
  }
  end_ = rc == 0 ? EndOf(info) : ProcessEnd{.exit_code = -1, .signal = 0};
  return end_;
}

Result<ProcessOutput> RunProcess(ProcessSpec spec, milliseconds deadline,
                                 const std::function<bool(std::string_view)>& on_line,
                                 std::size_t tail_limit, const std::function<bool()>& go_on) {
  constexpr milliseconds kSilence(1000);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "make a pipe");
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  spec.stdout_fd = spec.stderr_fd = input.get();
  spec.new_session = true;
  const std::string program = spec.words.empty() ? "" : spec.words[0];
  const SteadyTime until = std::chrono::steady_clock::now() + deadline;
  MLENGINE_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(spec));
  input.reset();
  OutputReader reader(on_line, tail_limit);
  std::array<pollfd, 2> wanted{pollfd{child.pidfd(), POLLIN, 0}, pollfd{output.get(), POLLIN, 0}};
  const auto cancelled = [&] {
    return KillAndReap(child, CancelledError(program + " was stopped"));
  };
  while (true) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const int n = ::poll(wanted.data(), wanted.size(),
                         PollTimeout(go_on ? std::min(until, now + kSilence) : until));
    if (n < 0 && errno != EINTR) return KillAndReap(child, ErrnoError(errno, "poll"));
    if (n == 0 && std::chrono::steady_clock::now() < until) {
      if (go_on && !go_on()) return cancelled();
      continue;
    }
    if (n == 0) {
      return KillAndReap(child, DeadlineExceededError(program + " did not end within " +
                                                      std::to_string(deadline.count()) + " ms"));
    }
    if (n < 0) continue;
    if (wanted[1].revents != 0) {
      const Drain drain = ReadAvailable(output.get(), reader);
      if (drain == Drain::kStopped) return cancelled();
      if (drain == Drain::kClosed) wanted[1].fd = -1;
    }
    if (wanted[0].revents != 0) break;
  }
  // What it left behind in its group goes too; only then is the rest of the output all there is.
  static_cast<void>(child.Signal(SIGKILL, true));
  const ProcessEnd end = *child.Wait();
  if (wanted[1].fd >= 0 && ReadAvailable(output.get(), reader) == Drain::kStopped) {
    return CancelledError(program + " was stopped");
  }
  if (on_line) static_cast<void>(reader.Finish());
  return ProcessOutput{.end = end, .tail = std::move(reader).Tail()};
}

}  // namespace mlengine
