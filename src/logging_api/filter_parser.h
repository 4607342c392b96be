// From the text of a log filter to its tree. Pure.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "logging_api/filter_ast.h"

namespace mlengine::logging_api {

inline constexpr std::size_t kLongestFilter = 20'000;  // bytes, as with the original
inline constexpr int kDeepestFilter = 32;              // parentheses in each other
inline constexpr int kMostRegexes = 64;

// NOT binds tightest, then OR, then AND; terms one after the other are joined by AND.
// INVALID_ARGUMENT says what is wrong, at which character, and what was expected.
Result<std::unique_ptr<FilterNode>> ParseFilter(std::string_view text);

}  // namespace mlengine::logging_api
