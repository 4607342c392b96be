#include "net/byte_range.h"

#include <algorithm>
#include <string>

#include "base/number_text.h"

namespace mlengine::net {

Result<std::optional<ByteRange>> ParseRange(std::optional<std::string_view> header,
                                            std::uint64_t size) {
  static constexpr std::string_view kUnit = "bytes=";
  const std::optional<ByteRange> whole;
  if (!header || !header->starts_with(kUnit)) return whole;
  const std::string_view text = header->substr(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return whole;
  const Status beyond =
      OutOfRangeError("The requested range \"" + std::string(header->substr(0, 80)) +
                      "\" is not within " + std::to_string(size) + " bytes.");
  const auto last = ToNumber<std::uint64_t>(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return beyond;
    const std::uint64_t count = std::min(*last, size);
    return std::optional<ByteRange>(ByteRange{size - count, count});
  }
  const auto first = ToNumber<std::uint64_t>(text.substr(0, dash));
  const bool open = dash + 1 == text.size();
  if (!first || (!last && !open) || (last && *last < *first)) return whole;
  if (*first >= size) return beyond;
  const std::uint64_t end = open || *last >= size - 1 ? size : *last + 1;
  return std::optional<ByteRange>(ByteRange{*first, end - *first});
}

}  // namespace mlengine::net
