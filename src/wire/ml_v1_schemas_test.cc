// Holds api/mlengine/ml/v1 against the fields, types and enums of the original's public API.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "base/testing/source_tree.h"
#include "mlengine/ml/v1/iam.pb.h"
#include "mlengine/ml/v1/job.pb.h"
#include "mlengine/ml/v1/model.pb.h"
#include "mlengine/ml/v1/operation.pb.h"
#include "mlengine/ml/v1/project_service.pb.h"

namespace mlengine::wire {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

json::value SingularType(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_INT64:
      return "int64";
    case FieldDescriptor::TYPE_INT32:
      return "int32";
    case FieldDescriptor::TYPE_DOUBLE:
      return "double";
    case FieldDescriptor::TYPE_BOOL:
      return "boolean";
    case FieldDescriptor::TYPE_STRING:
      return "string";
    case FieldDescriptor::TYPE_BYTES:
      return "byte";
    case FieldDescriptor::TYPE_ENUM: {
      json::string names;
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        if (i > 0) names += "|";
        names += field.enum_type()->value(i)->name();
      }
      return names;
    }
    default:
      break;
  }
  const std::string& name = field.message_type()->full_name();
  if (name == "google.protobuf.Timestamp") return "google-datetime";
  if (name == "google.protobuf.Duration") return "google-duration";
  if (name == "google.protobuf.FieldMask") return "google-fieldmask";
  if (name == "google.protobuf.Any") return json::object{{"*", "any"}};
  return json::string(field.message_type()->name());
}

json::object SchemaOf(const Descriptor& type) {
  json::object schema;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    json::value& out = schema[field.json_name()];
    if (field.is_map()) {
      out = json::object{{"*", SingularType(*field.message_type()->map_value())}};
    } else if (field.is_repeated()) {
      out = json::array{SingularType(field)};
    } else {
      out = SingularType(field);
    }
  }
  return schema;
}

TEST(MlV1SchemasTest, EveryFieldIsThere) {
  std::ifstream in(SourceTree() + "/src/wire/testdata/ml_v1_schemas.json");
  const json::value facts = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  // All files of messages are linked in.
  for (const Descriptor* type :
       {ml::v1::Job::descriptor(), ml::v1::Model::descriptor(), ml::v1::Operation::descriptor(),
        ml::v1::IamPolicy::descriptor()}) {
    ASSERT_NE(type, nullptr);
  }
  const auto* pool = ml::v1::ListJobsResponse::descriptor()->file()->pool();
  for (const auto& [name, schema] : facts.at("schemas").as_object()) {
    const Descriptor* type = pool->FindMessageTypeByName("mlengine.ml.v1." + std::string(name));
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(SchemaOf(*type), schema.as_object()) << name;
  }
  EXPECT_EQ(facts.at("schemas").as_object().size(), 50U);
}

}  // namespace
}  // namespace mlengine::wire
