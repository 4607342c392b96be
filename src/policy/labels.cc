#include "policy/labels.h"

#include <algorithm>
#include <set>

namespace mlengine::policy {
namespace {

constexpr int kLabelLimit = 64;
constexpr std::size_t kLabelCharacters = 63;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t Characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool IsLabelText(const std::string& text) {
  return Characters(text) <= kLabelCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '_' || c == '-' ||
                  static_cast<unsigned char>(c) >= 0x80;
         });
}

bool IsLabelKey(const std::string& key) {
  return !key.empty() && !IsDigit(key[0]) && key[0] != '_' && key[0] != '-' && IsLabelText(key);
}

}  // namespace

void CheckLabels(const google::protobuf::Map<std::string, std::string>& labels,
                 const std::string& field, Violations& wrong) {
  if (labels.size() > kLabelLimit) {
    wrong.Invalid(field,
                  "At most 64 labels may be given, not " + std::to_string(labels.size()) + ".");
  }
  std::set<std::string> keys;
  for (const auto& [key, value] : labels) keys.insert(key);
  int listed = 0;
  for (const std::string& key : keys) {
    if (listed++ == kLabelLimit) return;
    if (!IsLabelKey(key)) {
      wrong.Invalid(field, "The key \"" + key.substr(0, 100) +
                               "\" must begin with a lowercase letter and have 1 to 63 lowercase "
                               "letters, digits, '_' or '-'.");
    }
    const std::string& value = labels.at(key);
    if (!IsLabelText(value)) {
      wrong.Invalid(field, "The value \"" + value.substr(0, 100) + "\" of \"" + key.substr(0, 100) +
                               "\" must have at most 63 lowercase letters, digits, '_' or '-'.");
    }
  }
}

}  // namespace mlengine::policy
