#include "cli/process_family.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/unique_fd.h"

namespace mlengine::cli {
namespace {

// What exec needs, made before fork: nothing is allocated in the child.
class ExecWords {
 public:
  explicit ExecWords(const LocalProcess& process) : words_(process.words) {
    std::map<std::string, std::string> variables;
    for (char** one = environ; *one != nullptr; ++one) {
      const std::string text = *one;
      const std::size_t equals = text.find('=');
      if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
    for (const auto& [name, value] : process.environment) variables[name] = value;
    for (const auto& [name, value] : variables) env_.push_back(name + "=" + value);
    for (std::string& word : words_) argv_.push_back(word.data());
    for (std::string& one : env_) envp_.push_back(one.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
  }
  void Exec() { ::execvpe(argv_[0], argv_.data(), envp_.data()); }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> env_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

// Starts `process`; `out` >= 0 becomes its standard output (and error). The child's failure to exec
// comes back through a pipe that exec closes.
Result<pid_t> Spawn(const LocalProcess& process, bool own_group, int out, bool with_stderr,
                    const sigset_t* mask) {
  ExecWords exec(process);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return ErrnoError(errno, "make a pipe");
  UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return ErrnoError(errno, "fork");
  if (pid == 0) {
    if (own_group) ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    if (out >= 0) ::dup2(out, STDOUT_FILENO);
    if (out >= 0 && with_stderr) ::dup2(out, STDERR_FILENO);
    if (mask != nullptr) ::sigprocmask(SIG_SETMASK, mask, nullptr);
    if (process.folder.empty() || ::chdir(process.folder.c_str()) == 0) exec.Exec();
    const int error = errno;
    static_cast<void>(!::write(report[1], &error, sizeof(error)));
    ::_exit(127);
  }
  write_end.reset();
  int error = 0;
  ssize_t n = 0;
  while ((n = ::read(read_end.get(), &error, sizeof(error))) < 0 && errno == EINTR) {
  }
  if (n == sizeof(error)) {
    ::waitpid(pid, nullptr, 0);
    return ErrnoError(error, "run " + process.words[0] + " in " + process.folder);
  }
  return pid;
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The parent of a process, by /proc; 0 when it is gone.
pid_t ParentOf(const std::filesystem::path& folder) {
  std::ifstream file(folder / "stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
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
  return Spawn(process, own_group, -1, false, before_);
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
  MLENGINE_ASSIGN_OR_RETURN(const pid_t pid,
                            Spawn(process, false, write_end.get(), with_stderr, nullptr));
  write_end.reset();
  std::string out;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(read_end.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ExitCode(status) != 0) return InternalError(out);
  return out;
}

}  // namespace mlengine::cli
