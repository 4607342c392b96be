#include "cli/process_family.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/file_system.h"
#include "base/process.h"
#include "base/unique_fd.h"

namespace mlengine::cli {
namespace {

ProcessSpec SpecOf(const LocalProcess& process) {
  std::map<std::string, std::string> variables = OwnEnvironment();
  for (const auto& [name, value] : process.environment) variables[name] = value;
  ProcessSpec spec;
  spec.words = process.words;
  spec.folder = process.folder;
  spec.environment.emplace(variables.begin(), variables.end());
  spec.die_with_starter = true;
  spec.new_session = process.own_session;
  spec.stdout_fd = process.output_fd;
  spec.stderr_fd = process.output_fd;
  return spec;
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The parent of a process, by /proc; 0 when it is gone.
pid_t ParentOf(const std::filesystem::path& folder) {
  const std::string text = RealFileSystem().Read((folder / "stat").string()).value_or("");
  const std::size_t after_name = text.rfind(')');  // the name may hold anything
  if (after_name == std::string::npos || after_name + 4 > text.size()) return 0;
  return static_cast<pid_t>(std::atol(text.c_str() + after_name + 4));
}

std::vector<pid_t> Descendants() {
  std::multimap<pid_t, pid_t> children;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    const pid_t pid = static_cast<pid_t>(std::atol(entry.path().filename().c_str()));
    if (pid > 0) children.emplace(ParentOf(entry.path()), pid);
  }
  std::vector<pid_t> out = {::getpid()};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto [first, last] = children.equal_range(out[i]);
    for (auto child = first; child != last; ++child) out.push_back(child->second);
  }
  out.erase(out.begin());
  return out;
}

}  // namespace

ProcessFamily::ProcessFamily() : taken_(new sigset_t), before_(new sigset_t) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::sigemptyset(taken_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(taken_, signal);
  ::sigprocmask(SIG_BLOCK, taken_, before_);
}

ProcessFamily::~ProcessFamily() {
  KillAll();
  ::sigprocmask(SIG_SETMASK, before_, nullptr);
  delete taken_;
  delete before_;
}

Result<pid_t> ProcessFamily::Start(const LocalProcess& process, bool own_group) {
  ProcessSpec spec = SpecOf(process);
  if (!process.own_session) spec.stdin_fd = STDIN_FILENO;
  spec.new_group = own_group && !process.own_session;
  MLENGINE_ASSIGN_OR_RETURN(const ChildProcess child, ChildProcess::Start(spec));
  return child.pid();
}

int ProcessFamily::WaitFor(pid_t primary, int grace_ms) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point deadline = Clock::time_point::max();
  while (true) {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == primary) return ExitCode(status);
    }
    timespec wait{1, 0};
    if (deadline != Clock::time_point::max()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) {
        ::kill(primary, SIGKILL);
        deadline = Clock::time_point::max();
        continue;
      }
      wait = {left / 1000, (left % 1000) * 1'000'000};
    }
    siginfo_t info{};
    const int signal = ::sigtimedwait(taken_, &info, &wait);
    if (signal <= 0 || signal == SIGCHLD) continue;
    // The terminal's Ctrl-C has reached the primary already; a second signal means now.
    if (info.si_code != SI_KERNEL) ::kill(primary, signal);
    const bool again = deadline != Clock::time_point::max();
    deadline = again ? Clock::now() : Clock::now() + std::chrono::milliseconds(grace_ms);
  }
}

std::optional<int> ProcessFamily::Ended(pid_t primary) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == primary) return ExitCode(status);
  }
  return {};
}

int ProcessFamily::TakeSignal() {
  const timespec at_once{0, 0};
  siginfo_t info{};
  while (true) {
    const int signal = ::sigtimedwait(taken_, &info, &at_once);
    if (signal != SIGCHLD) return std::max(signal, 0);
  }
}

double ProcessFamily::CoreSeconds() const {
  double ticks = 0;
  for (const pid_t pid : Descendants()) {
    const std::string text =
        RealFileSystem().Read("/proc/" + std::to_string(pid) + "/stat").value_or("");
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) continue;
    std::istringstream fields(text.substr(after_name + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;  // state to cmajflt
    double user = 0;
    double system = 0;
    if (fields >> user >> system) ticks += user + system;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void ProcessFamily::KillAll() {
  // Orphans come to this process as they lose their parents, so the loop ends only when no
  // descendant is left.
  while (true) {
    for (const pid_t pid : Descendants()) ::kill(pid, SIGKILL);
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

Result<std::string> OutputOf(const LocalProcess& process, bool with_stderr) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "make a pipe");
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  ProcessSpec spec = SpecOf(process);
  spec.stdout_fd = write_end.get();
  if (with_stderr) spec.stderr_fd = write_end.get();
  MLENGINE_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(spec));
  write_end.reset();
  std::string out;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(read_end.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  if (!child.Wait()->ok()) return InternalError(out);
  return out;
}

}  // namespace mlengine::cli
