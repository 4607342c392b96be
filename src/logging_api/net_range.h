// Networks of IP addresses, for ip_in_net. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace mlengine::logging_api {

using IpAddress = std::array<std::uint8_t, 16>;  // an IPv4 one as ::ffff:a.b.c.d

std::optional<IpAddress> ParseIpAddress(const std::string& text);

struct NetRange {
  IpAddress address{};
  int bits = 128;  // that count, of 128

  bool Contains(const IpAddress& other) const;
};
// "10.1.2.0/24", "2001:db8::/32", or one address.
Result<NetRange> ParseNetRange(const std::string& text);

}  // namespace mlengine::logging_api
