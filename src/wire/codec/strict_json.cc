#include "wire/codec/strict_json.h"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "wire/codec/utf8.h"

namespace mlengine::wire {
namespace {

namespace json = boost::json;
using json::error_code;

constexpr std::string_view kOpening = "Invalid JSON payload received. ";
constexpr std::size_t kContextBytes = 40;  // shown on either side of the place

// Builds the tree as Boost.JSON's own parser does, and refuses what that one lets pass.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value Release() { return stack_.release(); }
  const std::string& refusal() const { return refusal_; }

  bool on_document_begin(error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    names_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, error_code&) {
    names_.pop_back();
    stack_.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) {
    stack_.push_array(count);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, error_code& error) {
    key_.append(part.data(), part.size());
    if (!names_.back().insert(key_).second)
      return Refuse("Duplicate name \"" + key_ + "\".", error);
    key_.clear();
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view part, error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, json::string_view, error_code&) {
    number_.clear();
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
    number_.clear();
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double number, json::string_view part, error_code& error) {
    if (!std::isfinite(number)) return Refuse("Number out of range.", error);
    // The library's own number is off by a bit now and then.
    number_.append(part.data(), part.size());
    std::from_chars(number_.data(), number_.data() + number_.size(), number);
    number_.clear();
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool Refuse(std::string why, error_code& error) {
    refusal_ = std::move(why);
    error = make_error_code(boost::system::errc::invalid_argument);
    return false;
  }

  json::value_stack stack_;
  std::string key_;     // as far as it was read
  std::string number_;  // likewise
  std::vector<std::set<std::string>> names_;
  std::string refusal_;
};

// The line around `at`, cut to a readable length, and a caret below the place.
std::string ShowPlace(std::string_view text, std::size_t at) {
  std::size_t start = at;
  while (start > 0 && at - start < kContextBytes && text[start - 1] != '\n') --start;
  std::size_t end = at;
  while (end < text.size() && end - at < kContextBytes && text[end] != '\n') ++end;
  std::string shown(text.substr(start, end - start));
  for (char& c : shown) {
    // Bytes outside ASCII could be cut in the middle of a character; only the place matters here.
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  }
  return "\n" + shown + "\n" + std::string(at - start, ' ') + "^";
}

Status Refused(std::string_view why, std::string_view text, std::size_t at) {
  std::string message(kOpening);
  message += why;
  message += ShowPlace(text, std::min(at, text.size()));
  return InvalidArgumentError(std::move(message));
}

std::string Reason(const error_code& error, const TreeHandler& handler) {
  if (!handler.refusal().empty()) return handler.refusal();
  if (error == json::error::too_deep) {
    return "Message too deep. Max recursion depth reached: " + std::to_string(kJsonDepthLimit) +
           ".";
  }
  if (error == json::error::incomplete) return "Unexpected end of string.";
  if (error == json::error::exponent_overflow) return "Number out of range.";
  return "Unexpected token.";
}

}  // namespace

Result<json::value> ParseStrictJson(std::string_view text) {
  if (const std::size_t valid = ValidUtf8Prefix(text); valid != text.size()) {
    return Refused("Encountered non UTF-8 code points.", text, valid);
  }
  json::parse_options options;
  options.max_depth = kJsonDepthLimit;
  json::basic_parser<TreeHandler> parser(options);
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return Refused(Reason(error, parser.handler()), text, read);
  if (read < text.size()) return Refused("Expected the end of the text.", text, read);
  return parser.handler().Release();
}

}  // namespace mlengine::wire
