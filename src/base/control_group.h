// ControlGroup: the kernel's own hold on all processes of one program, by cgroups (version 2,
// version 1, or both side by side): limits that are kept at once, and an end for all of them that
// no fork and no new session escapes. Made below the maker's own groups, as far as that is
// permitted. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine {

class ControlGroup {
 public:
  // Where the system tells of cgroups; tests lay one out in a folder.
  struct Places {
    std::string mounts = "/sys/fs/cgroup";
    std::string own = "/proc/self/cgroup";
  };
  // 0: no limit.
  struct Limits {
    std::int64_t memory_bytes = 0;
    std::int64_t tasks = 0;  // processes and threads together
  };

  // A name holds the maker's pid, so that what a dead maker left can be told: PREFIX-PID-TAIL.
  static std::string NameOf(std::string_view prefix, pid_t maker, std::string_view tail);

  // FAILED_PRECONDITION, with a sentence, where none may be made. A group may keep fewer limits
  // than it was asked for: see keeps_memory and keeps_tasks.
  static Result<std::unique_ptr<ControlGroup>> Make(const std::string& name, const Limits& limits,
                                                    const Places& places);
  // One that a maker which is dead has left, by its folders; those that are gone are left out.
  static std::unique_ptr<ControlGroup> Open(const std::vector<std::string>& folders);
  // Removes the empty groups of that prefix whose makers are dead, wherever Make would make one.
  static void Sweep(std::string_view prefix, const Places& places);

  // Removes the group if it is empty.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  // A process, and whatever it starts from now on. An error when it is not in all of the folders.
  // Of version 1 it takes some ms.
  Status Add(pid_t pid);
  // The folder of version 2, in which a program may be born (ProcessSpec); not ok where none is.
  UniqueFd OpenForBirth() const;
  // What is in that one, those in groups below it too.
  std::vector<pid_t> Born() const;

  // SIGKILL to every process in it, those that are just being forked too. Returns at once: they may
  // still be ending. To be repeated until IsEmpty.
  void Kill();
  bool IsEmpty() const;
  // False when something is left in it.
  bool Remove();

  bool keeps_memory() const { return keeps_memory_; }
  bool keeps_tasks() const { return keeps_tasks_; }
  // Its processes together get as much of the CPUs as any other group beside it.
  bool shares_cpu() const { return shares_cpu_; }
  // "version 2", "version 1".
  std::string_view version() const;

  // How many of its processes the kernel has killed because the memory limit was reached.
  std::int64_t OomKills() const;
  // How many forks and threads were refused because of the limit of tasks.
  std::int64_t RefusedTasks() const;

  std::vector<std::string> folders() const;

  // Its processes, those of groups below it too.
  std::vector<pid_t> Processes() const;
  struct CpuTime {
    std::chrono::nanoseconds user{};
    std::chrono::nanoseconds system{};
  };
  // Of all processes that were ever in it; nothing where the kernel does not tell.
  std::optional<CpuTime> Cpu() const;

 private:
  struct Part {
    std::string folder;
    int version = 0;
  };
  ControlGroup() = default;
  const Part* PartOfVersion2() const;
  bool AddPart(const std::string& parent, int version, const std::string& name, Status& why);
  void Limit(const Limits& limits, Status& why);
  std::int64_t Count(const char* v1_file, const char* v2_file, std::string_view key) const;

  std::vector<Part> parts_;
  bool keeps_memory_ = false;
  bool keeps_tasks_ = false;
  bool shares_cpu_ = false;
};

}  // namespace mlengine
