#include "storage_api/field_mask.h"

#include <boost/json.hpp>

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

constexpr int kDeepest = 16;

Status Broken(std::string_view at) {
  return InvalidArgumentError("fields: not a list of fields at \"" + std::string(at.substr(0, 40)) +
                              "\"");
}

}  // namespace

Status FieldMask::ParseList(std::string_view& text, FieldMask& into, int depth) {
  if (depth > kDeepest) return InvalidArgumentError("fields: nested too deeply");
  while (true) {
    FieldMask* at = &into;
    while (true) {
      const std::size_t end = std::min(text.find_first_of(",/()"), text.size());
      const std::string_view name = text.substr(0, end);
      if (name.empty()) return Broken(text);
      at = &at->below_[std::string(name)];
      text.remove_prefix(end);
      if (!text.starts_with('/')) break;
      text.remove_prefix(1);
    }
    if (text.starts_with('(')) {
      text.remove_prefix(1);
      MLENGINE_RETURN_IF_ERROR(ParseList(text, *at, depth + 1));
      if (!text.starts_with(')')) return Broken(text);
      text.remove_prefix(1);
    } else {
      at->all_ = true;
    }
    if (!text.starts_with(',')) return OkStatus();
    text.remove_prefix(1);
  }
}

Result<FieldMask> FieldMask::Parse(std::string_view text) {
  FieldMask mask;
  MLENGINE_RETURN_IF_ERROR(ParseList(text, mask, 0));
  if (!text.empty()) return Broken(text);
  return mask;
}

json::value FieldMask::Apply(const json::value& value) const {
  if (all_) return value;
  if (value.is_array()) {
    json::array out;
    for (const json::value& one : value.get_array()) out.push_back(Apply(one));
    return out;
  }
  if (!value.is_object()) return value;
  json::object out;
  const auto any = below_.find("*");
  for (const auto& [key, one] : value.get_object()) {
    auto at = below_.find(std::string_view(key));
    if (at == below_.end()) at = any;
    if (at != below_.end()) out[key] = at->second.Apply(one);
  }
  return out;
}

bool FieldMask::Has(std::string_view path) const {
  if (all_) return true;
  if (path.empty()) return !below_.empty();
  const std::size_t slash = std::min(path.find('/'), path.size());
  auto at = below_.find(path.substr(0, slash));
  if (at == below_.end()) at = below_.find("*");
  return at != below_.end() && at->second.Has(path.substr(std::min(slash + 1, path.size())));
}

}  // namespace mlengine::storage_api
