// StopSource: whether the replica was asked to end, by a file in its folder or by a signal to the
// runner; whether a drill asks to kill its program, by another file; and the descriptors that wake
// the runner's one thread when that, or the end of a child, may have happened.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::runner {

class StopSource {
 public:
  // From now on the thread takes SIGTERM, SIGINT and SIGCHLD through a descriptor; SIGHUP and
  // SIGPIPE are ignored. `replica_dir` is watched where inotify can.
  static Result<StopSource> Open(const std::string& replica_dir, int restart);

  // True from the first request on.
  bool Asked();
  // The program of this restart is to be killed.
  bool KillAsked() const;
  // Waits until a signal came, a file was put into the folder, `other_fd` (if >= 0) is readable, or
  // the time is over.
  void Wait(std::chrono::milliseconds timeout, int other_fd = -1);

 private:
  StopSource(std::string stop_file, std::string kill_file, UniqueFd signals, UniqueFd folder)
      : stop_file_(std::move(stop_file)),
        kill_file_(std::move(kill_file)),
        signals_(std::move(signals)),
        folder_(std::move(folder)) {}
  void TakeSignals();

  std::string stop_file_;
  std::string kill_file_;
  UniqueFd signals_;
  UniqueFd folder_;
  bool asked_ = false;
};

}  // namespace mlengine::runner
