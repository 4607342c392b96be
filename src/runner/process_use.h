// What one process of a replica uses, by /proc. Zeros where it cannot be told: the process has
// ended, or is another user's. Pure but for reading there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace mlengine::runner {

struct ProcessUse {
  char state = '?';  // 'R', 'S', …; 'Z' of one that has ended
  // Of itself and of its children that it has waited for, in clock ticks of 10 ms.
  std::chrono::milliseconds cpu_user{};
  std::chrono::milliseconds cpu_system{};
  int threads = 0;
  std::int64_t resident_bytes = 0;
};

// Of the text of /proc/PID/stat; nothing when it is none.
std::optional<ProcessUse> ParseProcessStat(std::string_view text);
std::optional<ProcessUse> ReadProcessUse(pid_t pid);

// Its proportional share of the memory that it has mapped. The kernel walks through all of that
// memory: some 30 ms for 10 GiB.
std::optional<std::int64_t> ReadPss(pid_t pid);

struct Resident {
  pid_t pid = 0;
  std::int64_t bytes = 0;
};

// What processes have in memory together, each page once.
struct PssSum {
  std::int64_t bytes = 0;  // of one that may not be looked at, its resident memory
  bool any_told = false;   // whether one of them might be looked at
  // Resident memory of those that were looked at, and of those that were not.
  std::int64_t resident_of_seen = 0;
  std::int64_t resident_of_rest = 0;
};
// Looks at the largest first, until the sum is above `enough` or it has waited longer than
// `patience`: for the processes' own changes to their maps of memory, which among a hundred that
// fork all the time takes tens of milliseconds each, or for a processor. The time that the kernel
// needs for much memory does not count.
PssSum SumPss(std::vector<Resident> processes, std::int64_t enough,
              std::chrono::milliseconds patience);

struct BlockBytes {
  std::int64_t read = 0;
  std::int64_t written = 0;  // or to be written: of what is cached still
};
// Bytes from and to block devices, of itself and of its children that it has waited for.
std::optional<BlockBytes> ReadBlockBytes(pid_t pid);
// The same of the children of this process alone that it has waited for. One thread.
std::optional<BlockBytes> ReadBlockBytesOfReaped();

// CPU time of this thread.
std::chrono::nanoseconds ThreadCpu();

// Adds the inodes of the sockets that it holds open.
void AddSockets(pid_t pid, std::set<std::uint32_t>& inodes);

}  // namespace mlengine::runner
