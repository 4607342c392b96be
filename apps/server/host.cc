#include "host.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/file_system.h"

extern "C" char** environ;

namespace mlengine::server {

std::map<std::string, std::string> OwnEnvironment() {
  std::map<std::string, std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (const auto equals = text.find('='); equals != std::string::npos)
      environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::function<Status()> DiskGuard(const std::string& folder, long long low_water_bytes) {
  return [folder, low_water_bytes]() -> Status {
    const Result<std::uint64_t> free = RealFileSystem().FreeBytes(folder);
    if (!free.ok() || *free >= static_cast<std::uint64_t>(low_water_bytes)) return OkStatus();
    return ResourceExhaustedError(
        "the disk of " + folder + " has only " + std::to_string(*free >> 20) +
        " MiB left; free some space, or lower lowWaterBytes in mlengine.yaml");
  };
}

}  // namespace mlengine::server
