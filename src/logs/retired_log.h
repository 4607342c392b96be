// What is left of a log that was removed: a file `retired` with a few entries, the last of which
// says why (docs/formats/log_segment.md). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/log_store.h"

namespace mlengine::logs {

std::string EncodeRetired(const std::vector<LogEntry>& entries);
// DATA_LOSS names the line that is not understood; FAILED_PRECONDITION for a newer version.
Result<std::vector<LogEntry>> DecodeRetired(std::string_view text);

// As LogStore::Query, of entries in the order of their stamps.
Result<std::vector<LogEntry>> QueryEntries(const std::vector<LogEntry>& entries,
                                           const LogQuery& query);

}  // namespace mlengine::logs
