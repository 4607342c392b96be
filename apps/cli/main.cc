// mlengine: the command line. A parts list; the room cli has the behaviour.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "cli/app.h"
#include "cli/session.h"
#include "net/client.h"

namespace {

int ColumnsOfOutput() {
  winsize size = {};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  std::error_code unknown;
  mlengine::cli::Session session{
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .columns = ColumnsOfOutput(),
      .env = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr || *value == '\0') return std::nullopt;
        return value;
      },
      .connect = [](const std::string& origin) { return mlengine::net::Client::Create(origin); },
      .sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
      .read_line = []() -> std::optional<std::string> {
        std::string line;
        if (!std::getline(std::cin, line)) return std::nullopt;
        return line;
      },
      .program_folder =
          std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path().string(),
  };
  const int code = mlengine::cli::RunApp(std::vector<std::string>(argv + 1, argv + argc), session);
  std::cout.flush();
  return code;
}
