#include "wire/codec/json.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <boost/json.hpp>

#include "wire/codec/json_check.h"
#include "wire/codec/strict_json.h"

namespace mlengine::wire {
namespace {

namespace pb = google::protobuf;

constexpr char kTypeUrlPrefix[] = "type.googleapis.com";
// The package that clients know, and ours.
constexpr std::string_view kPublicPackage = "type.googleapis.com/google.cloud.ml.v1.";
constexpr std::string_view kOwnPackage = "type.googleapis.com/mlengine.ml.v1.";

// Finds our messages by the names that they have on the wire, too: those in an Any.
class WireNames final : public pb::util::TypeResolver {
 public:
  pb::util::Status ResolveMessageType(const std::string& url, pb::Type* type) override {
    if (!url.starts_with(kPublicPackage)) return generated_->ResolveMessageType(url, type);
    return generated_->ResolveMessageType(
        std::string(kOwnPackage) + url.substr(kPublicPackage.size()), type);
  }
  pb::util::Status ResolveEnumType(const std::string& url, pb::Enum* type) override {
    return generated_->ResolveEnumType(url, type);
  }

 private:
  pb::util::TypeResolver* const generated_ = pb::util::NewTypeResolverForDescriptorPool(
      kTypeUrlPrefix, pb::DescriptorPool::generated_pool());
};

std::string Deterministic(const pb::Message& message) {
  std::string bytes;
  pb::io::StringOutputStream raw(&bytes);
  pb::io::CodedOutputStream coded(&raw);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

Status AllAtOnce(std::vector<FieldViolation> violations) {
  std::string message;
  for (const FieldViolation& violation : violations) {
    if (!message.empty()) message += '\n';
    message += violation.description;
  }
  return InvalidArgumentError(std::move(message)).WithViolations(std::move(violations));
}

}  // namespace

Status FromJson(std::string_view text, google::protobuf::Message& out, std::string_view root) {
  out.Clear();
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value tree, ParseStrictJson(text));
  std::vector<FieldViolation> violations = CheckJson(tree, *out.GetDescriptor(), root);
  if (!violations.empty()) return AllAtOnce(std::move(violations));
  const auto converted = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &out);
  if (converted.ok()) return OkStatus();
  out.Clear();
  return InvalidArgumentError("Invalid JSON payload received. " +
                              std::string(converted.message().data(), converted.message().size()));
}

void PackAny(const google::protobuf::Message& message, google::protobuf::Any& any) {
  const std::string own = std::string(kTypeUrlPrefix) + "/" + message.GetTypeName();
  any.set_type_url(own.starts_with(kOwnPackage)
                       ? std::string(kPublicPackage) + own.substr(kOwnPackage.size())
                       : own);
  any.set_value(Deterministic(message));
}

std::string ToJson(const google::protobuf::Message& message) {
  // The library's own MessageToJsonString puts the entries of a map in another order each time.
  const std::string bytes = Deterministic(message);
  static pb::util::TypeResolver* const resolver = new WireNames();
  std::string text;
  // Fails only for an Any of an unknown type; PackAny makes none.
  const auto written = google::protobuf::util::BinaryToJsonString(
      resolver, std::string(kTypeUrlPrefix) + "/" + message.GetTypeName(), bytes, &text);
  return written.ok() ? text : std::string("{}");
}

}  // namespace mlengine::wire
