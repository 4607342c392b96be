// JSON of the storage API's requests: an object's resource, a change of it, and an upload's plan.
#include <boost/json.hpp>

#include "fuzz_target.h"
#include "same_json.h"
#include "storage_api/request_json.h"
#include "storage_api/resource_json.h"
#include "storage_api/upload_session.h"

namespace mlengine::fuzz {
namespace {

using storage_api::UploadPlan;

void CheckPlan(const UploadPlan& plan) {
  const std::string text = storage_api::EncodePlan(plan);
  const Result<UploadPlan> again = storage_api::DecodePlan(text);
  Require(again.ok(), "a plan that was written can be read");
  Require(storage_api::EncodePlan(*again) == text, "and says the same");
  Require(again->total == plan.total && again->resource.name == plan.resource.name &&
              again->resource.md5 == plan.resource.md5 &&
              again->resource.crc32c == plan.resource.crc32c &&
              again->resource.metadata.custom == plan.resource.metadata.custom,
          "nothing of it is lost");
}

}  // namespace

FUZZ_TARGET(storage_json) {
  const Result<UploadPlan> plan = storage_api::DecodePlan(bytes);
  if (!plan.ok()) RequireError(plan.status(), {StatusCode::kDataLoss});
  if (plan.ok()) CheckPlan(*plan);

  const Result<boost::json::object> body = storage_api::ParseJsonBody(bytes);
  if (!body.ok()) return RequireInvalid(body.status());
  const auto again = storage_api::ParseJsonBody(boost::json::serialize(*body));
  Require(again.ok() && SameJson(*again, *body), "written and read again it is the same");
  const auto resource = storage_api::ParseObjectResource(*body);
  if (!resource.ok()) RequireInvalid(resource.status());
  if (resource.ok()) {
    UploadPlan made;
    made.bucket = "b";
    made.resource = *resource;
    CheckPlan(made);
  }
  objects::ObjectMetadata before;
  before.content_type = "text/plain";
  before.custom["k"] = "v";
  const auto patched = storage_api::PatchMetadata(before, *body);
  if (!patched.ok()) return RequireInvalid(patched.status());
  const auto twice = storage_api::PatchMetadata(*patched, *body);
  Require(twice.ok() && twice->custom == patched->custom &&
              twice->content_type == patched->content_type,
          "the same change twice changes nothing");
}

}  // namespace mlengine::fuzz
