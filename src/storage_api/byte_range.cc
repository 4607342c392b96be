#include "storage_api/byte_range.h"

#include <string>

#include "base/number_text.h"

namespace mlengine::storage_api {

Result<ContentRange> ParseContentRange(std::string_view header) {
  static constexpr std::string_view kUnit = "bytes ";
  const Status wrong = InvalidArgumentError(
      "Content-Range: \"" + std::string(header.substr(0, 80)) +
      "\" is not of the form \"bytes FIRST-LAST/TOTAL\", \"bytes FIRST-LAST/*\" or \"bytes "
      "*/TOTAL\"");
  const std::size_t slash = header.find('/');
  if (!header.starts_with(kUnit) || slash == std::string_view::npos) return wrong;
  ContentRange range;
  const std::string_view total = header.substr(slash + 1);
  if (total != "*") {
    range.total = ToNumber<std::uint64_t>(total);
    if (!range.total) return wrong;
  }
  const std::string_view span = header.substr(kUnit.size(), slash - kUnit.size());
  if (span == "*") {
    range.query = true;
    return range;
  }
  const std::size_t dash = span.find('-');
  if (dash == std::string_view::npos) return wrong;
  const auto first = ToNumber<std::uint64_t>(span.substr(0, dash));
  const auto last = ToNumber<std::uint64_t>(span.substr(dash + 1));
  if (!first || !last || *last < *first || *last == UINT64_MAX ||
      (range.total && *last >= *range.total))
    return wrong;
  range.first = *first;
  range.last = *last;
  return range;
}

}  // namespace mlengine::storage_api
