// How much went through TCP connections of this machine, as the kernel's sock_diag tells of each.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::runner {

struct SocketBytes {
  std::uint64_t cookie = 0;  // no other socket of this boot has it
  std::uint32_t inode = 0;
  bool loopback = false;  // both its ends are on this machine
  std::int64_t sent = 0;  // and acknowledged
  std::int64_t received = 0;
};

// The connections with these inodes. An error where the kernel does not tell; it waits for no
// more than a fifth of a second.
Result<std::vector<SocketBytes>> ReadSocketBytes(const std::set<std::uint32_t>& inodes);

// Adds what one answer of the kernel tells of these. True when it says that nothing follows.
Result<bool> ParseSocketBytes(std::string_view answer, const std::set<std::uint32_t>& inodes,
                              std::vector<SocketBytes>& out);

}  // namespace mlengine::runner
