#include "engine_api/old_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::engine_api {
namespace {

using ::testing::HasSubstr;

net::Response Get(const std::string& path, std::vector<std::pair<std::string, std::string>> query) {
  net::Router router;
  RegisterOldLinks(router);
  const net::Router::Match match = router.Find("GET", path);
  EXPECT_NE(match.route, nullptr) << path;
  if (match.route == nullptr) return {};
  net::Request request;
  request.path_values = match.path_values;
  request.query = std::move(query);
  return match.route->handler(request);
}

std::string LocationOf(const std::string& path,
                       std::vector<std::pair<std::string, std::string>> query) {
  const net::Response response = Get(path, std::move(query));
  EXPECT_EQ(response.status, 302);
  return std::string(response.headers.Get("Location").value_or(""));
}

TEST(OldLinksTest, AJobsPageOfEitherAgeLeadsToOurs) {
  EXPECT_EQ(LocationOf("/mlengine/jobs/j_1", {{"project", "p"}}), "/ui/jobs/j_1?project=p");
  EXPECT_EQ(LocationOf("/ml/jobs/j_1", {{"project", "p"}}), "/ui/jobs/j_1?project=p");
  EXPECT_EQ(LocationOf("/mlengine/jobs/j_1/charts/cpu", {{"project", "p"}}),
            "/ui/jobs/j_1?project=p&tab=charts");
}

TEST(OldLinksTest, AModelsPageLeadsToOurs) {
  EXPECT_EQ(LocationOf("/mlengine/models", {{"project", "p"}}), "/ui/models?project=p");
  EXPECT_EQ(LocationOf("/mlengine/models/m", {{"project", "p"}}), "/ui/models/m?project=p");
  EXPECT_EQ(LocationOf("/mlengine/models/m/versions/v1", {}), "/ui/models/m?project=default");
}

TEST(OldLinksTest, WithoutAProjectItIsTheDefaultOne) {
  EXPECT_EQ(LocationOf("/ml/jobs/j", {}), "/ui/jobs/j?project=default");
}

TEST(OldLinksTest, ALogsPageLeadsToTheLogOfTheJobThatItNames) {
  for (const std::string path : {"/logs", "/logs/viewer"}) {
    for (const std::string type : {"ml_job", "ml.googleapis.com"}) {
      EXPECT_EQ(LocationOf(path, {{"resource", type + "/job_id/j"}, {"project", "p"}}),
                "/ui/jobs/j/log?project=p");
    }
  }
}

TEST(OldLinksTest, AForgedLinkStaysOnThisHostAndOnOneLine) {
  EXPECT_EQ(LocationOf("/logs", {{"resource", "ml_job/job_id/a\r\nSet-Cookie: b"},
                                 {"project", "p&q=//evil.example"}}),
            "/ui/jobs/a%0D%0ASet-Cookie%3A%20b/log?project=p%26q%3D%2F%2Fevil.example");
}

TEST(OldLinksTest, ALinkThatNamesNoJobSaysHowOneLooks) {
  for (const std::string resource : {"", "ml_job", "ml_job/job_id/", "ml_job/project_id/p",
                                     "gce_instance/job_id/j", "job_id/j"}) {
    const net::Response response = Get("/logs/viewer", {{"resource", resource}});
    EXPECT_EQ(response.status, 400) << resource;
    EXPECT_THAT(response.body, HasSubstr("resource=ml_job/job_id/JOB"));
  }
}

}  // namespace
}  // namespace mlengine::engine_api
