#include "cli/python_json.h"

#include <boost/json.hpp>
#include <limits>
#include <string>

#include "wire/codec/strict_json.h"

namespace mlengine::cli {
namespace {

using boost::json::value;

// Stands for NaN while the library reads, which has no word for it; no text of an answer has it.
constexpr std::string_view kMark = "\x7fNaN\x7f";

// The end of the string that begins at `at`, or the text's.
std::size_t StringEnd(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Infinity is a number too large, which the library reads as such.
std::string WithoutWords(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.front() == '"') {
      const std::size_t end = StringEnd(text, at);
      out += text.substr(at, end - at);
      at = end;
    } else if (rest.starts_with("NaN")) {
      out += '"' + std::string(kMark) + '"';
      at += 3;
    } else if (rest.starts_with("Infinity")) {
      out += "1e999";
      at += 8;
    } else {
      out += text[at++];
    }
  }
  return out;
}

void PutNumbers(value& item) {
  if (const auto* const text = item.if_string(); text != nullptr && *text == kMark)
    item = std::numeric_limits<double>::quiet_NaN();
  if (auto* const list = item.if_array()) {
    for (value& one : *list) PutNumbers(one);
  }
  if (auto* const fields = item.if_object()) {
    for (auto& field : *fields) PutNumbers(field.value());
  }
}

}  // namespace

Result<value> ParsePythonJson(std::string_view text) {
  // Nearly all answers are JSON as it is meant to be. The library's own parser may miss the last
  // digit of a number.
  Result<value> strict = wire::ParseStrictJson(text);
  if (strict.ok()) return strict;
  boost::json::error_code failed;
  value parsed = boost::json::parse(WithoutWords(text), failed);
  if (failed) return InvalidArgumentError(failed.message());
  PutNumbers(parsed);
  return parsed;
}

}  // namespace mlengine::cli
