#include "detach.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/file_system.h"

namespace mlengine::server {
namespace {

// Prints what the detached server says, "+SENTENCE" or "STATUS" and why, and exits as it says.
[[noreturn]] void WaitForChild(int pipe, const std::string& log_path) {
  std::string text;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(pipe, buffer, sizeof(buffer))) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  }
  if (text.starts_with("+")) {
    std::printf("%s\n", text.c_str() + 1);
    std::fflush(stdout);
    std::_Exit(0);
  }
  const std::string why =
      text.empty() ? "the server ended at once; see " + log_path : text.substr(1);
  std::fprintf(stderr, "mlengine-server: %s\n", why.c_str());
  std::_Exit(text.starts_with("2") ? 2 : 1);
}

}  // namespace

void Starter::Send(const std::string& text) {
  if (!pipe_.ok()) return;
  // A starter that is gone is no reason to end.
  static_cast<void>(!::write(pipe_.get(), text.data(), text.size()));
  pipe_.reset();
}

void Starter::Ready(const std::string& url) {
  if (!pipe_.ok() && ::isatty(STDERR_FILENO) == 1)
    std::fprintf(stderr, "mlengine listens on %s; Ctrl-C stops it\n", url.c_str());
  Send("+mlengine listens on " + url + " (PID " + std::to_string(::getpid()) + ")");
}

int Starter::Failed(const Status& why) {
  const int code = why.code() == StatusCode::kInvalidArgument ? 2 : 1;
  Send(std::to_string(code) + why.message());
  std::fprintf(stderr, "mlengine-server: %s\n", why.message().c_str());
  return code;
}

Result<Starter> Detach(const std::string& log_path) {
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectories(ParentPath(log_path)));
  UniqueFd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.ok()) return ErrnoError(errno, "open " + log_path);
  UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe");
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return ErrnoError(errno, "fork");
  if (pid > 0) {
    writing.reset();
    WaitForChild(reading.get(), log_path);
  }
  ::setsid();
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(log.get(), STDOUT_FILENO);
  ::dup2(log.get(), STDERR_FILENO);
  return Starter(std::move(writing));
}

}  // namespace mlengine::server
