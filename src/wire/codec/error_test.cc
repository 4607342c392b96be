#include "wire/codec/error.h"

#include <gtest/gtest.h>

namespace mlengine::wire {
namespace {

TEST(ErrorBodyTest, RepeatsViolationsAsDetails) {
  const Status status =
      AlreadyExistsError("Field: job.job_id Error: A job with this id already exists.")
          .WithViolations({{"job.job_id", "A job with this id already exists."}});
  EXPECT_EQ(
      ErrorBody(status),
      R"({"error":{"code":409,"message":"Field: job.job_id Error: A job with this id already exists.",)"
      R"("status":"ALREADY_EXISTS","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest",)"
      R"("fieldViolations":[{"field":"job.job_id","description":"A job with this id already exists."}]}]}})");
}

TEST(ErrorBodyTest, LeavesDetailsOutWhenThereAreNone) {
  EXPECT_EQ(ErrorBody(NotFoundError("gone")),
            R"({"error":{"code":404,"message":"gone","status":"NOT_FOUND"}})");
}

TEST(ErrorBodyTest, IsValidUtf8AndLeavesEmptyFieldsOut) {
  EXPECT_EQ(
      ErrorBody(InvalidArgumentError("bad \xFF").WithViolations({{"", "no \xFE"}})),
      "{\"error\":{\"code\":400,\"message\":\"bad \xEF\xBF\xBD\",\"status\":\"INVALID_ARGUMENT\","
      "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","
      "\"fieldViolations\":[{\"description\":\"no \xEF\xBF\xBD\"}]}]}}");
}

}  // namespace
}  // namespace mlengine::wire
