// The text form of an UploadPlan.
#include <boost/json.hpp>

#include "base/digest.h"
#include "storage_api/request_json.h"
#include "storage_api/upload_session.h"

namespace mlengine::storage_api {
namespace json = boost::json;

namespace {

struct Condition {
  const char* key;
  std::optional<std::int64_t> objects::Preconditions::* member;
};
constexpr Condition kConditions[] = {
    {"ifGenerationMatch", &objects::Preconditions::if_generation_match},
    {"ifGenerationNotMatch", &objects::Preconditions::if_generation_not_match},
    {"ifMetagenerationMatch", &objects::Preconditions::if_metageneration_match},
    {"ifMetagenerationNotMatch", &objects::Preconditions::if_metageneration_not_match}};

}  // namespace

std::string EncodePlan(const UploadPlan& plan) {
  // The resource in the form in which clients give it.
  objects::Object object;
  object.bucket = plan.bucket;
  object.name = plan.resource.name;
  object.metadata = plan.resource.metadata;
  object.md5 = plan.resource.md5;
  object.crc32c = plan.resource.crc32c;
  json::object conditions;
  for (const Condition& one : kConditions) {
    if (const auto& value = plan.conditions.*one.member; value) conditions[one.key] = *value;
  }
  json::object out{{"v", 1},
                   {"bucket", plan.bucket},
                   {"started", ToUnixNanos(plan.started)},
                   {"object", ObjectJson(object, "")},
                   {"conditions", std::move(conditions)}};
  if (plan.total) out["total"] = *plan.total;
  return json::serialize(out) + "\n";
}

Result<UploadPlan> DecodePlan(std::string_view text) {
  const Status broken = DataLossError("a file of an upload's session is not of version 1");
  const Result<json::object> body = ParseJsonBody(text);
  if (!body.ok()) return broken;
  const auto version = NumberMember(*body, "v");
  const auto bucket = StringMember(*body, "bucket");
  const auto started = NumberMember(*body, "started");
  const auto total = NumberMember(*body, "total");
  const auto object = ObjectMember(*body, "object");
  const auto conditions = ObjectMember(*body, "conditions");
  if (!version.ok() || *version != 1 || !bucket.ok() || !*bucket || !started.ok() || !*started ||
      !total.ok() || total->value_or(0) < 0 || !object.ok() || *object == nullptr ||
      !conditions.ok() || *conditions == nullptr) {
    return broken;
  }
  UploadPlan plan;
  plan.bucket = **bucket;
  plan.started = FromUnixNanos(**started);
  if (*total) plan.total = static_cast<std::uint64_t>(**total);
  Result<ObjectResource> resource = ParseObjectResource(**object);
  if (!resource.ok()) return broken;
  plan.resource = *std::move(resource);
  for (const Condition& one : kConditions) {
    const auto value = NumberMember(**conditions, one.key);
    if (!value.ok()) return broken;
    plan.conditions.*one.member = *value;
  }
  return plan;
}

}  // namespace mlengine::storage_api
