#include "host.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace mlengine::server {
namespace {

// Bytes of the line "NAME:   123 kB" of /proc/meminfo.
void ReadMemory(engine_api::MachineState& machine) {
  std::ifstream in("/proc/meminfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string name;
    std::int64_t kibibytes = 0;
    if (!(fields >> name >> kibibytes)) continue;
    if (name == "MemTotal:") machine.memory_bytes = kibibytes * 1024;
    if (name == "MemAvailable:") machine.memory_free_bytes = kibibytes * 1024;
  }
}

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::size_t DescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1U << 20;
  return limit.rlim_cur;
}

engine_api::MachineState MachineNow() {
  engine_api::MachineState machine;
  char name[256] = {};
  if (::gethostname(name, sizeof(name) - 1) == 0) machine.host = name;
  machine.cpus = static_cast<int>(std::thread::hardware_concurrency());
  ReadMemory(machine);
  if (::getloadavg(machine.load.data(), 3) != 3) machine.load = {0, 0, 0};
  return machine;
}

}  // namespace mlengine::server
