#include "base/crash_point.h"

#ifdef MLENGINE_CRASH_POINTS

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace mlengine {
namespace {

std::atomic<long long> clock_offset{0};

struct Wish {
  std::string point;
  int nth = 0;
  std::string action;
  std::string folder;
  std::atomic<int> passed{0};
};

std::string Variable(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

// Of this program, if a test asked for any.
Wish* OwnWish() {
  static Wish wish;
  static const bool wanted = [] {
    std::vector<std::string> fields(1);
    for (const char c : Variable("MLENGINE_CRASH")) {
      if (c == '|') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    if (fields.size() != 5 || fields[0] != program_invocation_short_name) return false;
    wish.point = fields[1];
    wish.nth = std::atoi(fields[2].c_str());
    wish.action = fields[3];
    wish.folder = fields[4];
    return true;
  }();
  return wanted ? &wish : nullptr;
}

std::string ClassOf(std::string_view path) {
  if (path.find("/buckets/") != std::string_view::npos) return "object";
  std::string_view name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.find(".tmp-"));
  std::string out;
  const std::size_t hash = std::min(name.find_first_not_of("0123456789abcdef-"), name.size());
  if (hash >= 16) {
    out = "hash";
    name.remove_prefix(hash);
  }
  for (const char c : name) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      out += c;
    } else if (out.empty() || out.back() != 'N') {
      out += 'N';
    }
  }
  return out;
}

void Trace(const std::string& point) {
  static const std::string file = Variable("MLENGINE_CRASH_TRACE");
  if (file.empty()) return;
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string line = std::string(program_invocation_short_name) + "|" + point + "\n";
  static_cast<void>(!::write(fd.get(), line.data(), line.size()));
}

void Perform(const Wish& wish) {
  if (::unlink((wish.folder + "/ticket").c_str()) != 0) return;  // it was done before
  if (wish.action == "pause") {
    const UniqueFd reached(
        ::open((wish.folder + "/reached").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    while (::access((wish.folder + "/go").c_str(), F_OK) != 0) ::usleep(2000);
  } else if (wish.action == "kill") {
    ::kill(::getpid(), SIGKILL);
  } else if (wish.action == "stop") {
    ::kill(::getpid(), SIGSTOP);
  } else if (wish.action == "exit") {
    ::_exit(1);
  } else if (wish.action.starts_with("jump:")) {
    clock_offset = std::atoll(wish.action.c_str() + 5);
  }
}

}  // namespace

void CrashPoint(std::string_view what, std::string_view path) {
  const int error = errno;
  std::string point(what);
  if (!path.empty()) point += " " + ClassOf(path);
  Trace(point);
  Wish* wish = OwnWish();
  if (wish != nullptr && wish->point == point && ++wish->passed == wish->nth) Perform(*wish);
  errno = error;
}

long long CrashClockOffset() {
  return clock_offset;
}

}  // namespace mlengine

#else

namespace mlengine {

void CrashPoint(std::string_view /*what*/, std::string_view /*path*/) {}

long long CrashClockOffset() {
  return 0;
}

}  // namespace mlengine

#endif
