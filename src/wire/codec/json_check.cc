#include "wire/codec/json_check.h"

#include <google/protobuf/util/time_util.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/nearest_word.h"
#include "base/number_text.h"

namespace mlengine::wire {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::TimeUtil;

constexpr std::size_t kShownBytes = 80;  // of a wrong value

std::string Cut(std::string text) {
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string Show(const json::value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return '"' + Cut(std::string(value.get_string())) + '"';
  if (!value.is_double()) return json::serialize(value);
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value.get_double()).ptr;
  return {digits, end};
}

// "TYPE_INT64", or the name of the enum or message type.
std::string TypeName(const FieldDescriptor& field) {
  if (field.message_type() != nullptr)
    return "type.googleapis.com/" + field.message_type()->full_name();
  if (field.enum_type() != nullptr) return "type.googleapis.com/" + field.enum_type()->full_name();
  std::string name = std::string("TYPE_") + field.type_name();
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

template <typename Integer>
bool FitsInteger(const json::value& value) {
  if (value.is_string()) return ToNumber<Integer>(value.get_string()).has_value();
  if (value.is_int64()) return std::in_range<Integer>(value.get_int64());
  if (value.is_uint64()) return std::in_range<Integer>(value.get_uint64());
  if (!value.is_double()) return false;
  const double number = value.get_double();
  // 2^digits is exact as a double, the largest Integer may not be.
  const double above = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  const double least = std::numeric_limits<Integer>::is_signed ? -above : 0.0;
  return number == std::floor(number) && number >= least && number < above;
}

bool FitsDouble(const json::value& value, double largest) {
  if (value.is_number()) return std::abs(value.to_number<double>()) <= largest;
  if (!value.is_string()) return false;
  const json::string& text = value.get_string();
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return true;
  const auto number = ToNumber<double>(text);
  return number && std::abs(*number) <= largest;
}

bool FitsEnum(const json::value& value, const google::protobuf::EnumDescriptor& type) {
  if (value.is_string()) return type.FindValueByName(std::string(value.get_string())) != nullptr;
  if (!FitsInteger<std::int32_t>(value) || value.is_double()) return false;
  return type.FindValueByNumber(value.to_number<std::int32_t>()) != nullptr;
}

bool FitsBytes(const json::value& value) {
  if (!value.is_string()) return false;
  std::string text(value.get_string());
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;  // the URL alphabet is as good
  while (text.ends_with('=')) text.pop_back();
  text.append((4 - text.size() % 4) % 4, '=');
  return Base64Decode(text).ok();
}

bool FitsScalar(const json::value& value, const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return FitsInteger<std::int32_t>(value);
    case FieldDescriptor::CPPTYPE_INT64:
      return FitsInteger<std::int64_t>(value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return FitsInteger<std::uint32_t>(value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return FitsInteger<std::uint64_t>(value);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FitsDouble(value, std::numeric_limits<double>::max());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FitsDouble(value, std::numeric_limits<float>::max());
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.is_bool();
    case FieldDescriptor::CPPTYPE_ENUM:
      return FitsEnum(value, *field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? FitsBytes(value) : value.is_string();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
  }
  return false;
}

// In the spelling of the key: "workerCount" for "workerCont", "worker_count" for "worker_cont".
std::string DidYouMean(std::string_view key, const Descriptor& type) {
  const bool snake = key.find('_') != std::string_view::npos;
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i)
    names.push_back(snake ? type.field(i)->name() : type.field(i)->json_name());
  const std::string nearest = key.size() < 3 || key.size() > 100 ? "" : NearestWord(key, names);
  return nearest.empty() ? "" : " Did you mean \"" + nearest + "\"?";
}

class Checker {
 public:
  void Object(const json::object& object, const Descriptor& type, const std::string& path) {
    std::set<const FieldDescriptor*> seen;
    for (const auto& [key, value] : object) {
      const FieldDescriptor* field = Find(type, key);
      if (field == nullptr) {
        Unknown(key, path, "Cannot find field." + DidYouMean(key, type));
      } else if (!seen.insert(field).second) {
        Unknown(key, path, "The field is given twice, once under its other name.");
      } else if (!value.is_null()) {
        Field(value, *field, path.empty() ? field->name() : path + "." + field->name());
      }
    }
  }

  std::vector<FieldViolation> Take() {
    if (unlisted_ > 0) {
      const std::string more = "And " + std::to_string(unlisted_) + " more places.";
      violations_.push_back({"", more});
    }
    return std::move(violations_);
  }

  void Invalid(const std::string& path, const std::string& type, const json::value& value) {
    Add(path, "Invalid value at '" + path + "' (" + type + "), " + Show(value));
  }

 private:
  static const FieldDescriptor* Find(const Descriptor& type, std::string_view key) {
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->json_name() == key || type.field(i)->name() == key) return type.field(i);
    }
    return nullptr;
  }

  void Field(const json::value& value, const FieldDescriptor& field, const std::string& path) {
    if (field.is_map()) return Map(value, field, path);
    if (!field.is_repeated()) {
      if (value.is_array()) {
        const std::size_t dot = path.rfind('.');
        const std::string parent = dot == std::string::npos ? "" : path.substr(0, dot);
        return Unknown(field.name(), parent, "Proto field is not repeating, cannot start list.");
      }
      return One(value, field, path);
    }
    if (!value.is_array()) {
      return Add(path, "Invalid value at '" + path + "' (a list of " + TypeName(field) + "), " +
                           Show(value));
    }
    std::size_t index = 0;
    for (const json::value& element : value.get_array()) {
      One(element, field, path + "[" + std::to_string(index++) + "]");
    }
  }

  void Map(const json::value& value, const FieldDescriptor& field, const std::string& path) {
    if (!value.is_object()) return Invalid(path, "a map", value);
    const FieldDescriptor& item = *field.message_type()->map_value();
    std::size_t index = 0;
    for (const auto& [key, element] : value.get_object()) {
      One(element, item, path + "[" + std::to_string(index++) + "].value");
    }
  }

  void One(const json::value& value, const FieldDescriptor& field, const std::string& path) {
    const Descriptor* type = field.message_type();
    if (type == nullptr) {
      if (!FitsScalar(value, field)) Invalid(path, TypeName(field), value);
      return;
    }
    const std::string& name = type->full_name();
    if (name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration") {
      if (!FitsTime(value, name)) Invalid(path, TypeName(field), value);
    } else if (!name.starts_with("google.protobuf.")) {
      if (!value.is_object()) return Invalid(path, TypeName(field), value);
      Object(value.get_object(), *type, path);
    }
  }

  static bool FitsTime(const json::value& value, const std::string& type) {
    if (!value.is_string()) return false;
    const std::string text(value.get_string());
    google::protobuf::Timestamp timestamp;
    google::protobuf::Duration duration;
    return type == "google.protobuf.Timestamp" ? TimeUtil::FromString(text, &timestamp)
                                               : TimeUtil::FromString(text, &duration);
  }

  void Unknown(std::string_view key, const std::string& path, const std::string& why) {
    std::string text =
        "Invalid JSON payload received. Unknown name \"" + Cut(std::string(key)) + "\"";
    if (!path.empty()) text += " at '" + path + "'";
    Add(path, text + ": " + why);
  }

  void Add(const std::string& path, std::string description) {
    if (violations_.size() == kViolationLimit) {
      ++unlisted_;
      return;
    }
    violations_.push_back({path, std::move(description)});
  }

  std::vector<FieldViolation> violations_;
  int unlisted_ = 0;
};

}  // namespace

std::vector<FieldViolation> CheckJson(const json::value& tree, const Descriptor& type,
                                      std::string_view root) {
  Checker checker;
  if (tree.is_object()) {
    checker.Object(tree.get_object(), type, std::string(root));
  } else {
    checker.Invalid(std::string(root), "type.googleapis.com/" + type.full_name(), tree);
  }
  return checker.Take();
}

}  // namespace mlengine::wire
