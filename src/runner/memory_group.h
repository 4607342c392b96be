// MemoryGroup: a cgroup (v2 or v1) that keeps all processes of one program under a memory limit:
// the kernel itself refuses what is above it, where the runner's own look four times a second may
// come too late. Made below the runner's own cgroup where that is permitted. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace mlengine::runner {

class MemoryGroup {
 public:
  // Where the system tells of cgroups; tests lay one out in a folder.
  struct Places {
    std::string mounts = "/sys/fs/cgroup";
    std::string own = "/proc/self/cgroup";
  };

  // FAILED_PRECONDITION, with a sentence, where none may be made. Takes away what dead runners left
  // beside it.
  static Result<std::unique_ptr<MemoryGroup>> Make(const std::string& token,
                                                   std::int64_t limit_bytes, const Places& places);
  // Removes the group; its processes are gone then, or stay where they are.
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  // A process, and whatever it starts from now on.
  Status Add(pid_t pid);
  // How many of its processes the kernel has killed because the limit was reached.
  std::int64_t OomKills() const;
  // 1 or 2.
  int version() const { return version_; }

 private:
  MemoryGroup(std::string folder, int version) : folder_(std::move(folder)), version_(version) {}

  const std::string folder_;
  const int version_;
};

}  // namespace mlengine::runner
