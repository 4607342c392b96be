#include "logging_api/filter_value.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>

#include "base/clock.h"
#include "base/number_text.h"
#include "logs/severity.h"

namespace mlengine::logging_api {
namespace {

char Fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<double> ParseNumber(std::string_view text, std::string_view folded) {
  if (folded == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (folded == "infinity" || folded == "+infinity") return std::numeric_limits<double>::infinity();
  if (folded == "-infinity") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (text.front() != '-' && text.front() != '.' &&
                       !std::isdigit(static_cast<unsigned char>(text.front()))))
    return std::nullopt;
  return ToNumber<double>(text);
}

// A number and its unit.
std::optional<double> ParseSeconds(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const std::string_view digits = text.substr(0, text.size() - unit.size());
    if (const auto number = ParseNumber(digits, digits)) return *number * seconds;
  }
  return std::nullopt;
}

// RFC 3339, also with a zone without its colon (+0000); a date; or a time without its zone, which
// is UTC then.
std::optional<std::int64_t> ParseMoment(std::string text) {
  const std::size_t zone = text.size() < 5 ? 0 : text.size() - 5;
  const bool bare = text.find('T') != std::string::npos &&
                    (text[zone] == '+' || text[zone] == '-') &&
                    text.find(':', zone) == std::string::npos;
  if (bare) text.insert(zone + 3, ":");
  for (const char* rest : {"", "Z", "T00:00:00Z"}) {
    if (const Result<Time> time = ParseTime(text + rest); time.ok()) return ToUnixNanos(*time);
  }
  return std::nullopt;
}

std::optional<int> ParseLevel(const FilterValue& value) {
  if (const auto severity = logs::ParseSeverity(value.text)) return static_cast<int>(*severity);
  if (value.number && *value.number >= 0 && *value.number <= 1000 &&
      *value.number == std::floor(*value.number)) {
    return static_cast<int>(*value.number);
  }
  return std::nullopt;
}

bool Ordered(std::partial_ordering order, FilterOp op) {
  switch (op) {
    case FilterOp::kEqual:
    case FilterOp::kHas:
      return order == 0;
    case FilterOp::kNotEqual:
      return order != 0;
    case FilterOp::kLess:
      return order < 0;
    case FilterOp::kLessEqual:
      return order <= 0;
    case FilterOp::kGreater:
      return order > 0;
    case FilterOp::kGreaterEqual:
      return order >= 0;
    default:
      return false;
  }
}

std::strong_ordering CompareFolded(std::string_view text, std::string_view folded) {
  const std::size_t both = std::min(text.size(), folded.size());
  for (std::size_t i = 0; i < both; ++i) {
    const auto left = static_cast<unsigned char>(Fold(text[i]));
    const auto right = static_cast<unsigned char>(folded[i]);
    if (left != right) return left <=> right;
  }
  return text.size() <=> folded.size();
}

bool TextHolds(const Leaf& leaf, FilterOp op, const FilterValue& value) {
  switch (op) {
    case FilterOp::kHas:
      return ContainsFolded(leaf.text, value.folded);
    case FilterOp::kMatches:
    case FilterOp::kMatchesNot: {
      if (value.regex == nullptr) return false;
      const bool found = re2::RE2::PartialMatch({leaf.text.data(), leaf.text.size()}, *value.regex);
      return found == (op == FilterOp::kMatches);
    }
    default:
      if (leaf.exact) return Ordered(leaf.text <=> std::string_view(value.text), op);
      return Ordered(CompareFolded(leaf.text, value.folded), op);
  }
}

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), Fold);
  return folded;
}

bool ContainsFolded(std::string_view text, std::string_view folded) {
  if (folded.empty()) return true;
  return std::search(text.begin(), text.end(), folded.begin(), folded.end(),
                     [](char left, char right) { return Fold(left) == right; }) != text.end();
}

FilterValue MakeValue(std::string text) {
  FilterValue value;
  value.text = std::move(text);
  value.folded = FoldCase(value.text);
  value.number = ParseNumber(value.text, value.folded);
  if (value.folded == "true" || value.folded == "false") value.boolean = value.folded == "true";
  value.moment_ns = ParseMoment(value.text);
  value.severity = ParseLevel(value);
  value.seconds = ParseSeconds(value.text);
  return value;
}

Result<std::shared_ptr<const re2::RE2>> CompileRegex(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexBytes);
  auto regex =
      std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) return InvalidArgumentError(regex->error());
  return regex;
}

bool Holds(const Leaf& leaf, FilterOp op, const FilterValue& value) {
  switch (leaf.kind) {
    case Leaf::Kind::kText:
      return TextHolds(leaf, op, value);
    case Leaf::Kind::kNumber:
      return value.number && Ordered(leaf.number <=> *value.number, op);
    case Leaf::Kind::kBool:
      if (!value.boolean ||
          (op != FilterOp::kEqual && op != FilterOp::kNotEqual && op != FilterOp::kHas))
        return false;
      return ((leaf.number != 0) == *value.boolean) == (op != FilterOp::kNotEqual);
    case Leaf::Kind::kMoment:
      return value.moment_ns && Ordered(leaf.moment_ns <=> *value.moment_ns, op);
    case Leaf::Kind::kSeverity:
      return value.severity && Ordered(static_cast<int>(leaf.number) <=> *value.severity, op);
  }
  return false;
}

}  // namespace mlengine::logging_api
