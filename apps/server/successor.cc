#include "successor.h"

#include <signal.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <cerrno>
#include <filesystem>

#include "base/crash_point.h"

namespace mlengine::server {

const int Successor::kSignal = SIGUSR1;

Successor::Successor(int argc, char** argv) {
  std::error_code unknown;
  program_ = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  for (int i = 0; i < argc; ++i) {
    // It is in the background already, if that was asked for.
    if (i > 0 && std::string_view(argv[i]) == "--detach") continue;
    words_.emplace_back(argv[i]);
  }
}

Status Successor::Check() const {
  if (!program_.empty() && ::access(program_.c_str(), X_OK) == 0) return OkStatus();
  return FailedPreconditionError("The server cannot start itself again, because its program " +
                                 program_ +
                                 " is no longer where it was started from; stop it with `mlengine "
                                 "server --stop` and start the "
                                 "new one.");
}

void Successor::Ask() {
  if (!asked_.exchange(true)) ::kill(::getpid(), kSignal);
}

Status Successor::Become() {
  CrashPoint("exec.before", program_);
  std::vector<char*> words;
  for (std::string& word : words_) words.push_back(word.data());
  words.push_back(nullptr);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execv(program_.c_str(), words.data());
  return ErrnoError(errno, "start " + program_ + " again");
}

}  // namespace mlengine::server
