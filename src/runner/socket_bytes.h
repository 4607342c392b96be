// How much went through TCP connections of this machine, as the kernel's sock_diag tells of each.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::runner {

struct SocketBytes {
  std::uint64_t cookie = 0;  // no other socket of this boot has it
  std::uint32_t inode = 0;   // 0: nobody holds it open, and it is being closed
  bool loopback = false;     // both its ends are on this machine
  std::int64_t sent = 0;     // and acknowledged
  std::int64_t received = 0;
  // By which the kernel finds it at once: inet_diag_sockid.
  std::uint8_t family = 0;
  std::array<std::uint32_t, 12> id{};
};

// Both fail where the kernel does not tell; they wait for no more than a fifth of a second.

// The connections with these inodes. The kernel walks through the table of all that there may be:
// some ms where the machine has much memory.
Result<std::vector<SocketBytes>> FindSocketBytes(const std::set<std::uint32_t>& inodes);
// The same connections now, without those that have gone; microseconds for each.
Result<std::vector<SocketBytes>> ReadSocketBytes(const std::vector<SocketBytes>& known);

// Adds what one answer of the kernel tells, of the sockets with these inodes or, when null, of all.
// True when it says that nothing follows.
Result<bool> ParseSocketBytes(std::string_view answer, const std::set<std::uint32_t>* inodes,
                              std::vector<SocketBytes>& out);

}  // namespace mlengine::runner
