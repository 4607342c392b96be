// What is left of a log that was removed: a file `retired` with a few entries, the last of which
// says why (docs/formats/log_segment.md). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/log_store.h"

namespace mlengine::logs {

struct RetiredLog {
  std::string rule;  // as in Retirement
  std::int64_t limit = 0;
  std::vector<LogEntry> entries;
};

std::string EncodeRetired(const RetiredLog& log);
// DATA_LOSS names the line that is not understood; FAILED_PRECONDITION for a newer version.
Result<RetiredLog> DecodeRetired(std::string_view text);

// As LogStore::Query, of entries in the order of their stamps.
Result<std::vector<LogEntry>> QueryEntries(const std::vector<LogEntry>& entries,
                                           const LogQuery& query);

}  // namespace mlengine::logs
