#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/clock.h"

namespace mlengine {
namespace {

std::atomic<int> g_fd{STDERR_FILENO};
std::atomic<LogLevel> g_least{LogLevel::kInfo};

void AppendJsonString(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

}  // namespace

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < g_least.load(std::memory_order_relaxed)) return;
  std::string line = "{\"time\":\"" + FormatTimeNanos(SystemClock().Now()) + "\",\"level\":\"";
  line += LevelName(level);
  line += "\",\"message\":";
  AppendJsonString(line, message);
  for (const auto& [name, value] : fields) {
    line += ',';
    AppendJsonString(line, name);
    line += ':';
    AppendJsonString(line, value);
  }
  line += "}\n";
  // One write a line: lines of several threads and processes do not mix (O_APPEND).
  [[maybe_unused]] const ssize_t written = ::write(g_fd.load(), line.data(), line.size());
}

Status OpenLogFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoError(errno, "open " + path);
  const int old = g_fd.exchange(fd);
  if (old != STDERR_FILENO) ::close(old);
  return OkStatus();
}

void SetLogLevel(LogLevel least) {
  g_least.store(least, std::memory_order_relaxed);
}

}  // namespace mlengine
