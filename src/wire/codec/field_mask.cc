#include "wire/codec/field_mask.h"

#include <algorithm>
#include <boost/json.hpp>

namespace mlengine::wire {
namespace json = boost::json;

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// `type` is null where every name fits: without a message, below maps and below "*".
class FieldMaskParser {
 public:
  explicit FieldMaskParser(std::string_view text) : text_(text) {}

  Status List(const Descriptor* type, int depth, FieldMask& into) {
    while (true) {
      MLENGINE_RETURN_IF_ERROR(Path(type, depth, into));
      if (!Take(',')) return OkStatus();
    }
  }
  Status End() const { return at_ == text_.size() ? OkStatus() : Wrong("is not understood"); }

 private:
  static constexpr int kDeepest = 16;

  Status Wrong(const std::string& why) const {
    return InvalidArgumentError("Invalid field selection: \"" + std::string(text_.substr(at_, 40)) +
                                "\" " + why + ".");
  }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // "a/b(c,d)": the same name twice leads to the same place, so selections add up.
  Status Path(const Descriptor* type, int depth, FieldMask& into) {
    FieldMask* mask = &into;
    do {
      if (++depth > kDeepest) return Wrong("is nested too deep");
      MLENGINE_ASSIGN_OR_RETURN(const std::string name, Name(type));
      mask = &mask->below_[name];
    } while (Take('/'));
    if (!Take('(')) {
      mask->all_ = true;
      return OkStatus();
    }
    MLENGINE_RETURN_IF_ERROR(List(type, depth, *mask));
    return Take(')') ? OkStatus() : Wrong("is not closed");
  }

  // One name, as the answer spells it; `type` becomes that of what is below.
  Result<std::string> Name(const Descriptor*& type) {
    const std::size_t end = std::min(text_.find_first_of(",/()", at_), text_.size());
    std::string name(text_.substr(at_, end - at_));
    if (name.empty()) return Wrong("is not understood");
    const Descriptor* below = nullptr;
    if (type != nullptr && name != "*") {
      const FieldDescriptor* field = Find(*type, name);
      if (field == nullptr) return Wrong("is no field of " + type->name());
      const bool narrower = end < text_.size() && (text_[end] == '/' || text_[end] == '(');
      if (narrower && field->message_type() == nullptr) return Wrong("has no fields of its own");
      name = field->json_name();
      below = field->is_map() || IsAny(*field) ? nullptr : field->message_type();
    }
    at_ = end;
    type = below;
    return name;
  }

  // Its fields are those of the message in it.
  static bool IsAny(const FieldDescriptor& field) {
    return field.message_type() != nullptr &&
           field.message_type()->full_name() == "google.protobuf.Any";
  }

  static const FieldDescriptor* Find(const Descriptor& type, std::string_view name) {
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->json_name() == name || type.field(i)->name() == name) return type.field(i);
    }
    return nullptr;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<FieldMask> FieldMask::Parse(std::string_view text, const Descriptor* type) {
  FieldMask mask;
  FieldMaskParser parser(text);
  MLENGINE_RETURN_IF_ERROR(parser.List(type, 0, mask));
  MLENGINE_RETURN_IF_ERROR(parser.End());
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

}  // namespace mlengine::wire
