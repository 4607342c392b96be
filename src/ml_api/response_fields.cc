#include "ml_api/response_fields.h"

#include <boost/json.hpp>

#include "ml_api/method.h"

namespace mlengine::ml_api {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// `type` is null below maps and values: there every name fits.
class FieldsParser {
 public:
  explicit FieldsParser(std::string_view text) : text_(text) {}

  Status List(const Descriptor* type, int depth, ResponseFields& out) {
    if (depth > kDeepest) return Wrong("is nested too deep");
    while (true) {
      MLENGINE_RETURN_IF_ERROR(Path(type, depth, out));
      if (!Take(',')) return OkStatus();
    }
  }
  Status End() const { return at_ == text_.size() ? OkStatus() : Wrong("is not understood"); }

 private:
  static constexpr int kDeepest = 32;

  Status Wrong(const std::string& why) const {
    return FieldError(
        StatusCode::kInvalidArgument, "fields",
        "Invalid field selection: \"" + std::string(text_.substr(at_, 40)) + "\" " + why + ".");
  }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  static const FieldDescriptor* Find(const Descriptor& type, std::string_view name) {
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->json_name() == name || type.field(i)->name() == name) return type.field(i);
    }
    return nullptr;
  }

  Status Path(const Descriptor* type, int depth, ResponseFields& out) {
    if (depth > kDeepest) return Wrong("is nested too deep");
    const std::size_t end = std::min(text_.find_first_of(",/()", at_), text_.size());
    std::string name(text_.substr(at_, end - at_));
    if (name.empty()) return Wrong("is not understood");
    const Descriptor* type_below = nullptr;
    if (type != nullptr && name != "*") {
      const FieldDescriptor* field = Find(*type, name);
      if (field == nullptr) return Wrong("is no field of " + type->name());
      name = field->json_name();
      type_below = field->is_map() ? nullptr : field->message_type();
      const bool leaf = field->message_type() == nullptr;
      if (leaf && end < text_.size() && (text_[end] == '/' || text_[end] == '(')) {
        return Wrong("has no fields of its own");
      }
    }
    at_ = end;
    ResponseFields below;
    const bool narrower = end < text_.size() && (text_[end] == '/' || text_[end] == '(');
    if (Take('/')) {
      MLENGINE_RETURN_IF_ERROR(Path(type_below, depth + 1, below));
    } else if (Take('(')) {
      MLENGINE_RETURN_IF_ERROR(List(type_below, depth + 1, below));
      if (!Take(')')) return Wrong("is not closed");
    }
    const auto [known, is_new] = out.below_.try_emplace(name, below);
    if (is_new) return OkStatus();
    // Named twice: the wider selection wins.
    if (!narrower || known->second.below_.empty()) {
      known->second.below_.clear();
    } else {
      known->second.below_.merge(below.below_);
    }
    return OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<ResponseFields> ResponseFields::Parse(std::string_view text, const Descriptor& type) {
  ResponseFields fields;
  FieldsParser parser(text);
  MLENGINE_RETURN_IF_ERROR(parser.List(&type, 0, fields));
  MLENGINE_RETURN_IF_ERROR(parser.End());
  return fields;
}

void ResponseFields::Keep(boost::json::value& tree) const {
  if (below_.empty()) return;
  if (tree.is_array()) {
    for (boost::json::value& element : tree.get_array()) Keep(element);
  }
  if (!tree.is_object()) return;
  boost::json::object kept;
  for (auto& [key, value] : tree.get_object()) {
    auto found = below_.find(std::string_view(key));
    if (found == below_.end()) found = below_.find("*");
    if (found == below_.end()) continue;
    found->second.Keep(value);
    kept[key] = std::move(value);
  }
  tree = std::move(kept);
}

}  // namespace mlengine::ml_api
