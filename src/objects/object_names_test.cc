#include "objects/object_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objects/object_store.h"

namespace mlengine::objects {
namespace {

using ::testing::HasSubstr;

TEST(BucketNameTest, TakesLegalNames) {
  for (const std::string name : {"jybaek_cloudml_test", "abc", "a-b.c_d", "v1b", "1.2.3"}) {
    EXPECT_TRUE(CheckBucketName(name).ok()) << name;
  }
  EXPECT_TRUE(CheckBucketName(std::string(63, 'a')).ok());
  const std::string part(63, 'a');
  EXPECT_TRUE(CheckBucketName(part + "." + part + "." + part).ok());
}

TEST(BucketNameTest, SaysWhichRuleIsBroken) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"ab", "3 to 63"},
      {std::string(64, 'a'), "3 to 63"},
      {std::string(64, 'a') + ".b", "between dots"},
      {"a..b", "between dots"},
      {"Abc", "only a-z"},
      {"a/b", "only a-z"},
      {"../x", "only a-z"},
      {"-abc", "begin and end"},
      {"abc.", "begin and end"},
      {"10.0.0.1", "IP address"},
      {"%tmp", "only a-z"},
  };
  for (const auto& [name, message] : table) {
    EXPECT_THAT(CheckBucketName(name).message(), HasSubstr(message)) << name;
  }
  for (const std::string door : {"v1", "v2", "storage", "upload", "resumable", "download", "batch",
                                 "ui", "mlengine", "ml", "logs", "metrics", "healthz"}) {
    EXPECT_THAT(CheckBucketName(door).message(), HasSubstr("own doors")) << door;
  }
}

TEST(ObjectNameTest, TakesUtf8AndRefusesTheRest) {
  EXPECT_TRUE(CheckObjectName("a/../b").ok());
  EXPECT_TRUE(CheckObjectName(std::string(1024, 'x')).ok());
  EXPECT_TRUE(CheckObjectName("말\t").ok());
  EXPECT_FALSE(CheckObjectName("").ok());
  EXPECT_FALSE(CheckObjectName(std::string(1025, 'x')).ok());
  EXPECT_FALSE(CheckObjectName(std::string("a\0b", 3)).ok());
  EXPECT_FALSE(CheckObjectName("a\nb").ok());
  for (const std::string bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(CheckObjectName(bad).ok());
  }
}

TEST(GsPathTest, Parses) {
  const auto path = ParseGsPath("gs://bucket/a/b");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(path->bucket, "bucket");
  EXPECT_EQ(path->object, "a/b");
  EXPECT_EQ(ParseGsPath("gs://bucket")->object, "");
  EXPECT_EQ(ParseGsPath("gs://bucket/")->object, "");
  EXPECT_EQ(ParseGsPath("gs://bucket//x")->object, "/x");
  for (const std::string bad : {"", "gs:/b", "s3://bucket/x", "gs://", "gs:///x", "gs://v1/x"}) {
    EXPECT_FALSE(ParseGsPath(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace mlengine::objects
