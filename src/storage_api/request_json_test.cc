#include "storage_api/request_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "storage_api/resource_json.h"

namespace mlengine::storage_api {
namespace {

using ::testing::HasSubstr;

TEST(RequestJsonTest, TakesTensorFlowsSingleQuotes) {
  const auto body = ParseJsonBody(
      "{'sourceObjects': [{'name': 'a/b','objectPrecondition':{'ifGenerationMatch':5}},"
      "{'name': 'it\\'s \"x\"'}]}");
  ASSERT_TRUE(body.ok()) << body.status().ToString();
  const auto& sources = body->at("sourceObjects").as_array();
  EXPECT_EQ(sources[0].at("name").as_string(), "a/b");
  EXPECT_EQ(sources[1].at("name").as_string(), "it's \"x\"");
}

TEST(RequestJsonTest, SaysWhereItIsBroken) {
  EXPECT_TRUE(ParseJsonBody("").ok());
  EXPECT_TRUE(ParseJsonBody(" {} \n").ok());
  EXPECT_EQ(ParseJsonBody("{\"it\":\"it's\"}")->at("it").as_string(), "it's");
  EXPECT_THAT(ParseJsonBody("{\"a\":}").status().message(), HasSubstr("not JSON, at byte"));
  EXPECT_THAT(ParseJsonBody("{\"a\":[1,{\"b\":-1e999}]}").status().message(),
              HasSubstr("out of range"));
  EXPECT_THAT(ParseJsonBody("[1]").status().message(), HasSubstr("must be a JSON object"));
  EXPECT_FALSE(ParseJsonBody("{'a").ok());
}

TEST(ResourceJsonTest, ReadsWhatAClientMaySay) {
  const auto resource = ParseObjectResource(*ParseJsonBody(
      R"({"name":"n","contentType":"a/b","size":"795","bucket":"b","crc32c":"yZRlqg==",)"
      R"("md5Hash":"XrY7u+Ae7tCTyyK7j1rNww==","metadata":{"k":"v"},"acl":[]})"));
  ASSERT_TRUE(resource.ok()) << resource.status().ToString();
  EXPECT_EQ(resource->name, "n");
  EXPECT_EQ(resource->crc32c, 0xc99465aaU);
  EXPECT_EQ(resource->md5.size(), 16U);
  EXPECT_EQ(resource->metadata.custom.at("k"), "v");
}

TEST(ResourceJsonTest, NamesTheWrongMember) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"name":5})", "name: must be a string"},
      {R"({"metadata":[]})", "metadata: must be an object"},
      {R"({"metadata":{"k":1}})", "metadata.k: must be a string"},
      {R"({"contentType":"a\r\nX: y"})", "contentType: may not hold control"},
      {R"({"md5Hash":"abc"})", "md5Hash: \"abc\" is not"},
      {R"({"crc32c":"AAA="})", "crc32c: \"AAA=\" is not"},
      {R"({"metadata":{"k":")" + std::string(300'000, 'x') + "\"}}", "metadata: 300001 bytes"},
  };
  for (const auto& [text, message] : table) {
    EXPECT_THAT(ParseObjectResource(*ParseJsonBody(text)).status().message(), HasSubstr(message));
  }
}

TEST(ResourceJsonTest, PatchesMerge) {
  objects::ObjectMetadata metadata;
  metadata.content_type = "a/b";
  metadata.cache_control = "no-store";
  metadata.custom = {{"keep", "1"}, {"drop", "2"}};
  const auto patched = PatchMetadata(
      metadata, *ParseJsonBody(R"({"cacheControl":null,"metadata":{"drop":null,"new":"3"}})"));
  ASSERT_TRUE(patched.ok());
  EXPECT_EQ(patched->content_type, "a/b");
  EXPECT_EQ(patched->cache_control, "");
  EXPECT_EQ(patched->custom, (std::map<std::string, std::string>{{"keep", "1"}, {"new", "3"}}));
  EXPECT_TRUE(PatchMetadata(metadata, *ParseJsonBody(R"({"metadata":null})"))->custom.empty());
}

}  // namespace
}  // namespace mlengine::storage_api
