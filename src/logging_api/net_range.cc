#include "logging_api/net_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/number_text.h"

namespace mlengine::logging_api {

std::optional<IpAddress> ParseIpAddress(const std::string& text) {
  IpAddress address{};
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  if (::inet_pton(AF_INET, text.c_str(), address.data() + 12) != 1) return std::nullopt;
  std::fill_n(address.begin(), 10, std::uint8_t{0});
  address[10] = address[11] = 0xFF;
  return address;
}

bool NetRange::Contains(const IpAddress& other) const {
  for (int bit = 0; bit < bits; bit += 8) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int shift = std::max(0, 8 - (bits - bit));
    if ((address[byte] >> shift) != (other[byte] >> shift)) return false;
  }
  return true;
}

Result<NetRange> ParseNetRange(const std::string& text) {
  const Status wrong = InvalidArgumentError("\"" + text.substr(0, 60) +
                                            "\" is not a network such as \"10.1.2.0/24\"");
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string before = text.substr(0, slash);
  const auto address = ParseIpAddress(before);
  if (!address) return wrong;
  const bool short_one = before.find(':') == std::string::npos;
  NetRange range{*address, 128};
  if (slash == text.size()) return range;
  const int bits = ToNumber<int>(std::string_view(text).substr(slash + 1)).value_or(-1);
  if (bits < 0 || bits > (short_one ? 32 : 128)) return wrong;
  range.bits = bits + (short_one ? 96 : 0);
  return range;
}

}  // namespace mlengine::logging_api
