// The body of jobs.create: JSON into the message and back, and what validation says of it.
#include "fuzz_target.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/cluster.h"
#include "policy/job_validation.h"
#include "wire/codec/error.h"
#include "wire/codec/json.h"
#include "wire/codec/strict_json.h"

namespace mlengine::fuzz {

FUZZ_TARGET(job_json) {
  ml::v1::Job job;
  const Status status = wire::FromJson(bytes, job, "job");
  if (!status.ok()) {
    RequireInvalid(status);
    Require(job.ByteSizeLong() == 0, "an error leaves nothing in the message");
    Require(wire::ParseStrictJson(wire::ErrorBody(status)).ok(), "the error's body is JSON");
    if (!wire::ParseStrictJson(bytes).ok()) return;
    Require(!status.violations().empty(), "what is JSON and wrong has violations");
    for (const FieldViolation& violation : status.violations())
      Require(!violation.description.empty(), "a violation says something");
    return;
  }
  const std::string text = wire::ToJson(job);
  ml::v1::Job again;
  const Status read = wire::FromJson(text, again, "job");
  Require(read.ok(), "what was written can be read");
  Require(wire::ToJson(again) == text, "written, read and written again it is the same");
  Require(again.SerializeAsString().size() == job.SerializeAsString().size(), "nothing is lost");

  policy::ClearOutputFields(job);
  const Status valid = policy::ValidateNewJob(
      job, [](const std::string& name) -> std::optional<std::vector<std::string>> {
        if (name == "1.4") return std::vector<std::string>{"2.7", "3.5"};
        return std::nullopt;
      });
  if (!valid.ok()) {
    RequireError(valid, {StatusCode::kInvalidArgument, StatusCode::kUnimplemented});
    Require(!valid.violations().empty(), "an invalid job has violations");
    Require(wire::ParseStrictJson(wire::ErrorBody(valid)).ok(), "the error's body is JSON");
    return;
  }
  Require(policy::IsJobId(job.job_id()), "a valid job has a valid id");
}

}  // namespace mlengine::fuzz
