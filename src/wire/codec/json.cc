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

constexpr char kTypeUrlPrefix[] = "type.googleapis.com";

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

std::string ToJson(const google::protobuf::Message& message) {
  // The library's own MessageToJsonString puts the entries of a map in another order each time.
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream raw(&bytes);
    google::protobuf::io::CodedOutputStream coded(&raw);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  static google::protobuf::util::TypeResolver* const resolver =
      google::protobuf::util::NewTypeResolverForDescriptorPool(kTypeUrlPrefix, pool);
  std::string text;
  // Fails only for an Any of an unknown type; no message of api/ holds one.
  const auto written = google::protobuf::util::BinaryToJsonString(
      resolver, std::string(kTypeUrlPrefix) + "/" + message.GetTypeName(), bytes, &text);
  return written.ok() ? text : std::string("{}");
}

}  // namespace mlengine::wire
