// The values of a filter, and how one of them compares with one value of an entry. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/log_store.h"

namespace re2 {
class RE2;
}

namespace mlengine::logging_api {

enum class FilterOp {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kHas,         // of a text: holds it; else: equals it
  kMatches,     // a regular expression finds something in the text
  kMatchesNot,  // it finds nothing
};

// A value as written, and all that it can stand for; which of it counts is told by the field.
struct FilterValue {
  std::string text;
  std::string folded;  // lower case
  std::optional<double> number;
  std::optional<bool> boolean;
  std::optional<std::int64_t> moment_ns;  // since 1970
  std::optional<int> severity;            // its number
  std::optional<double> seconds;          // of a duration: "1.5s", "200ms"
  std::shared_ptr<const re2::RE2> regex;  // of kMatches and kMatchesNot
};

FilterValue MakeValue(std::string text);

// At most this much memory for the machine of one regular expression.
inline constexpr std::int64_t kRegexBytes = 1 << 20;
// INVALID_ARGUMENT says what is wrong with it.
Result<std::shared_ptr<const re2::RE2>> CompileRegex(std::string_view pattern);

// One value of an entry.
struct Leaf {
  enum class Kind { kText, kNumber, kBool, kMoment, kSeverity };
  Kind kind = Kind::kText;
  std::string_view text = {};
  double number = 0;           // of kNumber, kBool and kSeverity
  std::int64_t moment_ns = 0;  // of kMoment
  bool exact = false;          // of kText: = and != tell cases apart
};

// False also where the value cannot be one of the field's kind.
bool Holds(const Leaf& leaf, FilterOp op, const FilterValue& value);

// A to Z as a to z; other letters stay.
std::string FoldCase(std::string_view text);
bool ContainsFolded(std::string_view text, std::string_view folded);

}  // namespace mlengine::logging_api
