// Going to the background: the starter waits until the server answers, and tells why when it does
// not.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::server {

// The detached process's line to the one that started it.
class Starter {
 public:
  Starter() = default;  // nobody waits
  explicit Starter(UniqueFd pipe) : pipe_(std::move(pipe)) {}
  // The server answers at `url`. When nobody waits, a terminal is told.
  void Ready(const std::string& url);
  // It will not: prints why, here and by the starter. Answers the exit status, which is the
  // starter's too: 2 for a wrong option or configuration, else 1.
  int Failed(const Status& why);

 private:
  void Send(const std::string& text);
  UniqueFd pipe_;
};

// Forks; must run before any thread exists. The starter does not return: it prints what came and
// exits. The child returns, in a session of its own, with its output in `log_path`.
Result<Starter> Detach(const std::string& log_path);

}  // namespace mlengine::server
