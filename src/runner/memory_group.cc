#include "runner/memory_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/file_system.h"
#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

constexpr std::string_view kPrefix = "mlengine-";

// Its files take a value by one write, without a rename.
Status WriteValue(const std::string& path, const std::string& value) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoError(errno, "open " + path);
  if (::write(file.get(), value.data(), value.size()) < 0)
    return ErrnoError(errno, "write " + path);
  return OkStatus();
}

std::string ReadSmall(const std::string& path) {
  return RealFileSystem().Read(path).value_or("");
}

bool HasWord(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find_first_of(" \n"));
    if (first == word) return true;
    text.remove_prefix(std::min(text.size(), first.size() + 1));
  }
  return false;
}

// The own group's path of that controller ("memory" of v1, "" of v2); "" when there is none.
std::string OwnPath(const std::string& own, std::string_view controller) {
  std::string_view rest = own;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    std::string controllers(line.substr(first + 1, second - first - 1));
    std::ranges::replace(controllers, ',', ' ');
    const bool matches =
        controller.empty() ? controllers.empty() : HasWord(controllers, controller);
    if (matches) return std::string(line.substr(second + 1));
  }
  return "";
}

// The folder below which a group with a memory limit may be made, and its version.
struct Parent {
  std::string folder;
  int version = 0;
};

Parent FindParent(const MemoryGroup::Places& places) {
  const std::string own = ReadSmall(places.own);
  if (const std::string path = OwnPath(own, "memory"); !path.empty()) {
    // In a container the path is that outside of it.
    for (const std::string& below : {path, std::string("/")}) {
      std::string folder = places.mounts + "/memory" + (below == "/" ? "" : below);
      if (::access((folder + "/memory.limit_in_bytes").c_str(), F_OK) == 0) return {folder, 1};
    }
  }
  std::string path = OwnPath(own, "");
  while (!path.empty()) {
    std::string folder = places.mounts + (path == "/" ? "" : path);
    if (HasWord(ReadSmall(folder + "/cgroup.subtree_control"), "memory") &&
        ::access(folder.c_str(), W_OK) == 0) {
      return {folder, 2};
    }
    if (path == "/") break;
    path = path.substr(0, path.rfind('/'));
    if (path.empty()) path = "/";
  }
  return {};
}

// Groups whose runner is dead; one that still has processes cannot be removed.
void Sweep(const std::string& parent) {
  DIR* open = ::opendir(parent.c_str());
  if (open == nullptr) return;
  while (const dirent* entry = ::readdir(open)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kPrefix)) continue;
    const long pid = std::atol(entry->d_name + kPrefix.size());
    if (pid > 0 && ::access(("/proc/" + std::to_string(pid)).c_str(), F_OK) != 0)
      ::rmdir((parent + "/" + entry->d_name).c_str());
  }
  ::closedir(open);
}

}  // namespace

Result<std::unique_ptr<MemoryGroup>> MemoryGroup::Make(const std::string& token,
                                                       std::int64_t limit_bytes,
                                                       const Places& places) {
  const Parent parent = FindParent(places);
  if (parent.version == 0) {
    return FailedPreconditionError(
        "no cgroup with a memory limit may be made below that of the server");
  }
  Sweep(parent.folder);
  const std::string folder = parent.folder + "/" + std::string(kPrefix) +
                             std::to_string(::getpid()) + "-" + token.substr(0, 8);
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return FailedPreconditionError(ErrnoError(errno, "make cgroup " + folder).message());
  }
  std::unique_ptr<MemoryGroup> group(new MemoryGroup(folder, parent.version));
  const char* limit = parent.version == 1 ? "/memory.limit_in_bytes" : "/memory.max";
  const Status limited = WriteValue(folder + limit, std::to_string(limit_bytes));
  if (!limited.ok()) return FailedPreconditionError(limited.message());
  // All of the program or nothing of it: a part that is left would hang. Older kernels cannot.
  if (parent.version == 2) static_cast<void>(WriteValue(folder + "/memory.oom.group", "1"));
  return group;
}

MemoryGroup::~MemoryGroup() {
  ::rmdir(folder_.c_str());
}

Status MemoryGroup::Add(pid_t pid) {
  return WriteValue(folder_ + "/cgroup.procs", std::to_string(pid));
}

std::int64_t MemoryGroup::OomKills() const {
  const std::string text =
      "\n" + ReadSmall(folder_ + (version_ == 1 ? "/memory.oom_control" : "/memory.events"));
  constexpr std::string_view kKey = "\noom_kill ";
  const std::size_t at = text.find(kKey);
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + kKey.size());
}

}  // namespace mlengine::runner
