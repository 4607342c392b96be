#include "own_console.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/log.h"
#include "engine_api/console_files.h"

namespace mlengine::server {
namespace {

std::vector<std::string> Places(const Options& options) {
  if (!options.console_dir.empty()) return {options.console_dir};
  std::error_code unknown;
  const std::filesystem::path programs =
      std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  // Installed; the release build; the other builds, one folder deeper.
  std::vector<std::string> places;
  for (const char* place : {"../share/mlengine/console", "../console", "../../console"})
    places.push_back((programs / place).lexically_normal().string());
  return places;
}

}  // namespace

void RegisterOwnConsole(net::Router& router, const Options& options) {
  std::string missing;
  for (const std::string& place : Places(options)) {
    Result<engine_api::ConsoleFiles> files = engine_api::ReadConsole(RealFileSystem(), place);
    if (files.ok()) {
      engine_api::RegisterConsole(
          router, std::make_shared<const engine_api::ConsoleFiles>(*std::move(files)), "");
      return;
    }
    if (missing.empty()) missing = "There is none in " + place + ": " + files.status().message();
  }
  Log(LogLevel::kWarning, "no web console", {{"why", missing}});
  engine_api::RegisterConsole(router, nullptr, missing + ".");
}

}  // namespace mlengine::server
