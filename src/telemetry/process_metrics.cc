#include "telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace mlengine::telemetry {
namespace {

// Fields of /proc/self/stat by their number in proc(5), which counts from 1. The second one, the
// program's name in parentheses, may hold anything.
std::optional<double> StatField(const std::string& stat, int number) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(stat.substr(name_end + 1));
  std::string word;
  for (int i = 3; i <= number; ++i) {
    if (!(rest >> word)) return std::nullopt;
  }
  return std::strtod(word.c_str(), nullptr);
}

// Seconds since 1970 when the machine started.
std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line)) {
    constexpr std::string_view kName = "btime ";
    if (line.starts_with(kName)) return std::strtod(line.c_str() + kName.size(), nullptr);
  }
  return std::nullopt;
}

void ShowStat(Metrics& metrics) {
  std::ifstream file("/proc/self/stat");
  std::string stat;
  std::getline(file, stat);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto show = [&](const char* name, const char* help, std::optional<double> value) {
    if (value) metrics.Set(name, help, {}, *value);
  };
  const std::optional<double> user = StatField(stat, 14);
  const std::optional<double> system = StatField(stat, 15);
  if (user && system) {
    metrics.RaiseTo("process_cpu_seconds_total", "CPU time of the server, user and system.", {},
                    (*user + *system) / ticks);
  }
  show("process_threads", "Threads of the server.", StatField(stat, 20));
  if (const auto pages = StatField(stat, 24))
    show("process_resident_memory_bytes", "Memory of the server.", *pages * page);
  const std::optional<double> started = StatField(stat, 22);
  static const std::optional<double> boot = BootTime();
  if (started && boot) {
    show("process_start_time_seconds", "When the server started, since 1970.",
         *boot + *started / ticks);
  }
}

void ShowDescriptors(Metrics& metrics) {
  std::error_code error;
  double open = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error))
    ++open;
  // The one that reads the folder is not meant.
  if (!error) metrics.Set("process_open_fds", "Descriptors that the server holds.", {}, open - 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    metrics.Set("process_max_fds", "Descriptors that the server may hold.", {},
                static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

void ShowProcess(Metrics& metrics, const std::string& version) {
  metrics.OnRender([version](Metrics& shown) {
    shown.Set("mlengine_build_info", "1; the label tells the server's version.",
              {{"version", version}}, 1);
    ShowStat(shown);
    ShowDescriptors(shown);
  });
}

}  // namespace mlengine::telemetry
