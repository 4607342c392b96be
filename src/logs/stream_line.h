// One line of a job log's file `streams`; docs/formats/log_segment.md is its page. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "logs/log_store.h"

namespace mlengine::logs {

// With its line end. `path`: as it is stored.
std::string EncodeStreamLine(std::size_t number, const StreamRef& ref, const std::string& path);
// Of a whole line, with its end; nothing when it does not fit, or is not of that number.
std::optional<Spool> DecodeStreamLine(std::size_t number, std::string_view line);

}  // namespace mlengine::logs
