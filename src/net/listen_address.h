// Addresses to listen on: parsing, the loopback rule, and who holds a port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::net {

struct ListenAddress {
  std::string host;  // numeric: "127.0.0.1" or "::1"
  std::uint16_t port = 0;
  // "127.0.0.1:8650", "[::1]:8650".
  std::string ToString() const;
};

// INVALID_ARGUMENT for text that is no ADDRESS:PORT, and for any address that is not loopback.
Result<ListenAddress> ParseListenAddress(std::string_view text);

// "PID 123 (python3)" for the process that listens on the address, or a sentence that it cannot be
// seen.
std::string PortHolder(const ListenAddress& address);

}  // namespace mlengine::net
