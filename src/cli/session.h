// Session: everything a command touches besides its arguments. Tests pass strings and a fake
// client.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/client.h"

namespace mlengine::cli {

struct Session {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int columns = 0;  // of the terminal that `out` is; 0: unknown, or none
  std::function<std::optional<std::string>(const std::string&)>
      env;  // an empty variable counts as unset
  std::function<Result<std::unique_ptr<net::Client>>(const std::string&)> connect;
  std::function<void(std::chrono::milliseconds)> sleep;
  // The next line of standard input, without its end; nothing at its end. Unset: there is none.
  std::function<std::optional<std::string>()> read_line = {};
  std::string program_folder;  // where mlengine itself lies, for mlengine-server beside it
};

}  // namespace mlengine::cli
