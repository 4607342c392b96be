#include "net/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::net {
namespace {

using ::testing::ElementsAre;

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    for (const char* path :
         {"/v1/projects/{p}/jobs", "/v1/projects/{p}/jobs/{j}", "/storage/v1/b/{b}/o/{o}",
          "/{bucket}/{object=**}", "/v1/projects/{p}:getConfig"}) {
      router_.Handle("GET", path, [](Request&) { return Response(); });
    }
    router_.Handle("POST", "/v1/projects/{p}/jobs/{j}:cancel", [](Request&) { return Response(); });
  }
  std::string TemplateOf(std::string_view method, std::string_view path) {
    match_ = router_.Find(method, path);
    return match_.route == nullptr ? "" : match_.route->path_template;
  }
  Router router_;
  Router::Match match_;
};

TEST_F(RouterTest, MatchesBeforeDecoding) {
  EXPECT_EQ(TemplateOf("GET", "/storage/v1/b/bkt/o/d%2Finst.json"), "/storage/v1/b/{b}/o/{o}");
  EXPECT_THAT(match_.path_values, ElementsAre("bkt", "d/inst.json"));
}

TEST_F(RouterTest, SplitsTheVerbOffTheLastSegment) {
  EXPECT_EQ(TemplateOf("POST", "/v1/projects/p/jobs/j:cancel"), "/v1/projects/{p}/jobs/{j}:cancel");
  EXPECT_THAT(match_.path_values, ElementsAre("p", "j"));
  EXPECT_EQ(TemplateOf("GET", "/v1/projects/p:getConfig"), "/v1/projects/{p}:getConfig");
}

TEST_F(RouterTest, TheRestTakesSlashesAndComesLast) {
  EXPECT_EQ(TemplateOf("GET", "/bkt/a/b%20c//d"), "/{bucket}/{object=**}");
  EXPECT_THAT(match_.path_values, ElementsAre("bkt", "a/b c//d"));
  EXPECT_EQ(TemplateOf("GET", "/v1/projects/p/jobs"), "/v1/projects/{p}/jobs");
  EXPECT_EQ(TemplateOf("GET", "/bkt/"), "");
}

TEST_F(RouterTest, TellsWhichMethodsThereAre) {
  EXPECT_EQ(TemplateOf("DELETE", "/storage/v1/b/bkt/o/x"), "");
  EXPECT_THAT(match_.allowed, ElementsAre("GET"));
  EXPECT_EQ(TemplateOf("HEAD", "/bkt/x"), "/{bucket}/{object=**}");
}

TEST_F(RouterTest, BrokenEscapesMatchNothing) {
  EXPECT_EQ(TemplateOf("GET", "/storage/v1/b/bkt/o/%zz"), "");
}

}  // namespace
}  // namespace mlengine::net
