// Successor: the same server once more, in the same process and with the same PID, so that whoever
// started it (a terminal, a service manager) notices nothing but the pause. Owned by main.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/status.h"

namespace mlengine::server {

class Successor {
 public:
  // The program as it lies on disk then, with these arguments but for --detach.
  Successor(int argc, char** argv);

  // Whether that program is there and may run; the error says what to do. Any thread.
  Status Check() const;
  // Has main stop the server and call Become: it sends this process kSignal, once. Any thread.
  void Ask();
  // When the server's parts are gone: replaces this program. Returns only when it cannot.
  Status Become();

  static const int kSignal;  // SIGUSR1

 private:
  std::string program_;
  std::vector<std::string> words_;
  std::atomic<bool> asked_ = false;
};

}  // namespace mlengine::server
