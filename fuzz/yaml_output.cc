// The command line's YAML: another reader finds in it what was written.
#include "cli/yaml_output.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>

#include "cli/log_lines.h"
#include "fuzz_target.h"

namespace mlengine::fuzz {
namespace {

namespace json = boost::json;

// What the reader is known to take otherwise than YAML says is not asked: control characters, and
// keys or texts that begin or end with a line end.
bool IsPlain(std::string_view text) {
  return text.size() < 100 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != 0x7F; });
}

bool Same(const json::value& value, const YAML::Node& node) {
  if (value.is_object()) {
    if (value.get_object().empty()) return node.IsMap() && node.size() == 0;
    if (!node.IsMap() || node.size() != value.get_object().size()) return false;
    for (const auto& item : node) {
      const auto* member = value.get_object().if_contains(item.first.Scalar());
      if (member == nullptr || !Same(*member, item.second)) return false;
    }
    return true;
  }
  if (value.is_array()) {
    if (!node.IsSequence() || node.size() != value.get_array().size()) return false;
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (!Same(value.get_array()[i], node[i])) return false;
    }
    return true;
  }
  if (value.is_null()) return node.IsNull();
  return !value.is_string() || node.Scalar() == std::string_view(value.get_string());
}

bool AllPlain(const json::value& value) {
  if (value.is_object()) {
    return std::ranges::all_of(value.get_object(), [](const auto& member) {
      return IsPlain(member.key()) && !member.key().empty() && AllPlain(member.value());
    });
  }
  if (value.is_array()) return std::ranges::all_of(value.get_array(), AllPlain);
  return !value.is_string() || IsPlain(value.get_string());
}

}  // namespace

FUZZ_TARGET(yaml_output) {
  json::error_code error;
  const json::value value = json::parse(bytes, error);
  if (error) return;
  const std::string text = cli::ToYaml(value);
  Require(text.ends_with('\n'), "the output ends with a line end");
  static_cast<void>(cli::FormatEntry(value, {}));
  if (!AllPlain(value) || (!value.is_object() && !value.is_array())) return;
  try {
    Require(Same(value, YAML::Load(text)), "it reads back as it was");
  } catch (const YAML::Exception&) {
    Require(false, "it is YAML");
  }
}

}  // namespace mlengine::fuzz
