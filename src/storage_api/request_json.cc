#include "storage_api/request_json.h"

#include <boost/json.hpp>

#include "base/number_text.h"
#include "wire/codec/finite_json.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

// Single-quoted strings to double-quoted ones; the rest stays.
std::string DoubleQuoted(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0) {
      if (c == '"' || c == '\'') quote = c;
      out += c == '\'' ? '"' : c;
    } else if (c == '\\' && i + 1 < text.size()) {
      ++i;
      if (text[i] != '\'') out += '\\';
      out += text[i];
    } else if (c == quote) {
      quote = 0;
      out += '"';
    } else {
      if (c == '"') out += '\\';
      out += c;
    }
  }
  return out;
}

Status WrongType(std::string_view key, std::string_view wanted) {
  return InvalidArgumentError(std::string(key) + ": must be " + std::string(wanted));
}

}  // namespace

Result<json::object> ParseJsonBody(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return json::object();
  json::error_code error;
  json::value value = json::parse(text, error);
  if (error && text.find('\'') != std::string_view::npos) {
    json::error_code again;
    json::value lenient = json::parse(DoubleQuoted(text), again);
    if (!again) {
      error = {};
      value = std::move(lenient);
    }
  }
  if (error) {
    json::stream_parser finder;
    json::error_code ignored;
    const std::size_t at = finder.write_some(text.data(), text.size(), ignored);
    return InvalidArgumentError("the body is not JSON, at byte " + std::to_string(at) + ": " +
                                error.message());
  }
  if (!value.is_object()) return InvalidArgumentError("the body must be a JSON object");
  if (!wire::AllFinite(value))
    return InvalidArgumentError("the body has a number that is out of range");
  return std::move(value.get_object());
}

Result<std::optional<std::string>> StringMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return WrongType(key, "a string");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::optional<std::int64_t>> NumberMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return std::optional<std::int64_t>();
  if (value->is_string()) {
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t number,
                              ParseNumber(key, std::string_view(value->get_string())));
    return std::optional<std::int64_t>(number);
  }
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) return WrongType(key, "a whole number");
  return std::optional<std::int64_t>(number);
}

Result<const json::object*> ObjectMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return static_cast<const json::object*>(nullptr);
  if (!value->is_object()) return WrongType(key, "an object");
  return &value->get_object();
}

Result<std::int64_t> ParseNumber(std::string_view name, std::string_view text) {
  const auto number = ToNumber<std::int64_t>(text);
  if (!number) {
    return InvalidArgumentError(std::string(name) + ": \"" + std::string(text.substr(0, 40)) +
                                "\" is not a whole number");
  }
  return *number;
}

}  // namespace mlengine::storage_api
