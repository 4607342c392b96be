// Entries by the Logging API, page by page.
#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::cli {

class Api;

struct EntryQuery {
  std::string filter;
  bool newest_first = true;
  std::size_t limit = 0;  // 0: all
};

// Hands each page's entries to `take`, which returns false to stop. An empty page is not the end.
Status ListEntries(Api& api, const EntryQuery& query,
                   const std::function<Result<bool>(boost::json::array entries)>& take);

// A text as a filter takes it, in quotes.
std::string FilterText(std::string_view text);

// An entry of the Logging API with the names that log_lines.h knows.
boost::json::value AsLogLine(const boost::json::value& entry);

// "1d", "2h30m", "90s" or "90" in seconds, as gcloud takes them; nothing for another text.
std::optional<std::int64_t> ParseSeconds(std::string_view text);

}  // namespace mlengine::cli
