#include "wire/codec/field_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "mlengine/ml/v1/operation.pb.h"
#include "mlengine/ml/v1/project_service.pb.h"

namespace mlengine::wire {
namespace {

using ::testing::HasSubstr;

std::string Cut(std::string_view mask, std::string_view value) {
  const Result<FieldMask> parsed = FieldMask::Parse(mask);
  if (!parsed.ok()) return parsed.status().message();
  return boost::json::serialize(parsed->Apply(boost::json::parse(value)));
}

TEST(FieldMaskTest, KeepsWhatIsNamed) {
  const std::string list = R"({"items":[{"name":"a","size":"1"},{"name":"b"}],"prefixes":["p/"]})";
  EXPECT_EQ(Cut("prefixes", list), R"({"prefixes":["p/"]})");
  EXPECT_EQ(Cut("items/name,nextPageToken", list), R"({"items":[{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(Cut("items(name,size),prefixes", list), list);
  EXPECT_EQ(Cut("items", R"({"items":[{"name":"a"}],"x":1})"), R"({"items":[{"name":"a"}]})");
  EXPECT_EQ(Cut("*", list), list);
  EXPECT_EQ(Cut("*/name", list), R"({"items":[{"name":"a"},{"name":"b"}],"prefixes":["p/"]})");
  EXPECT_EQ(Cut("none", list), "{}");
}

TEST(FieldMaskTest, RefusesOtherTexts) {
  for (const std::string bad : {"", ",", "a,", "a(", "a(b", "a)b", "a//b", "()", "a(b))"}) {
    EXPECT_FALSE(FieldMask::Parse(bad).ok()) << bad;
  }
  std::string deep = "a";
  for (int i = 0; i < 10'000; ++i) deep += "/a";
  EXPECT_THAT(Cut(deep, "{}"), HasSubstr("too deep"));
}

TEST(FieldMaskTest, TellsWhatItKeeps) {
  EXPECT_TRUE(FieldMask::Parse("items")->Has("items/md5Hash"));
  EXPECT_TRUE(FieldMask::Parse("items/md5Hash")->Has("items/md5Hash"));
  EXPECT_TRUE(FieldMask::Parse("*")->Has("items/md5Hash"));
  EXPECT_FALSE(FieldMask::Parse("items/name,prefixes")->Has("items/md5Hash"));
}

std::string KeepOfList(const std::string& fields, const std::string& text) {
  const auto wanted = FieldMask::Parse(fields, ml::v1::ListJobsResponse::descriptor());
  if (!wanted.ok()) return wanted.status().message();
  return boost::json::serialize(wanted->Apply(boost::json::parse(text)));
}

TEST(FieldMaskTest, OfAMessageTakesBothSpellings) {
  const std::string text =
      R"({"jobs":[{"jobId":"a","labels":{"x":"1","y":"2"},"state":"QUEUED",)"
      R"("trainingInput":{"region":"r","args":["z"]}},{"jobId":"b"}],"nextPageToken":"t"})";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"nextPageToken", R"({"nextPageToken":"t"})"},
      {"next_page_token", R"({"nextPageToken":"t"})"},
      {"*", text},
      {"jobs", text.substr(0, text.find(",\"nextPageToken")) + "}"},
      {"jobs/jobId", R"({"jobs":[{"jobId":"a"},{"jobId":"b"}]})"},
      {"jobs(jobId,state),nextPageToken",
       R"({"jobs":[{"jobId":"a","state":"QUEUED"},{"jobId":"b"}],"nextPageToken":"t"})"},
      {"jobs(trainingInput/region,labels/x)",
       R"({"jobs":[{"labels":{"x":"1"},"trainingInput":{"region":"r"}},{}]})"},
      {"jobs/trainingInput/region,jobs/state",
       R"({"jobs":[{"state":"QUEUED","trainingInput":{"region":"r"}},{}]})"},
      {"jobs/trainingInput/region,jobs/trainingInput/args",
       R"({"jobs":[{"trainingInput":{"region":"r","args":["z"]}},{}]})"},
      {"jobs/trainingInput,jobs/trainingInput/args",
       R"({"jobs":[{"trainingInput":{"region":"r","args":["z"]}},{}]})"},
      {"*/jobId", R"({"jobs":[{"jobId":"a"},{"jobId":"b"}],"nextPageToken":"t"})"},
  };
  for (const auto& [fields, kept] : table) EXPECT_EQ(KeepOfList(fields, text), kept) << fields;
}

TEST(FieldMaskTest, OfAMessageSaysWhatItDoesNotHave) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"colour", "\"colour\" is no field of ListJobsResponse."},
      {"jobs(colour)", "\"colour)\" is no field of Job."},
      {"jobs/jobId/x", "\"jobId/x\" has no fields of its own."},
      {"jobs(jobId", "\"\" is not closed."},
      {"jobs)", "\")\" is not understood."},
      {"jobs,", "\"\" is not understood."},
      {"*/", "\"\" is not understood."},
      {"jobs/labels" + std::string(10'000, '/'), "is not understood."},
  };
  for (const auto& [fields, message] : table)
    EXPECT_THAT(KeepOfList(fields, "{}"), HasSubstr(message)) << fields;
  std::string deep = "*";
  for (int i = 0; i < 10'000; ++i) deep += "(*";
  EXPECT_THAT(KeepOfList(deep, "{}"), HasSubstr("too deep"));
}

TEST(FieldMaskTest, WhatIsInAnAnyMayBeNamed) {
  const auto* type = ml::v1::Operation::descriptor();
  const auto mask = FieldMask::Parse("name,metadata/operationType", type);
  ASSERT_TRUE(mask.ok());
  const auto value = boost::json::parse(
      R"({"name":"n","done":true,"metadata":{"@type":"t","operationType":"X","modelName":"m"}})");
  EXPECT_EQ(boost::json::serialize(mask->Apply(value)),
            R"({"name":"n","metadata":{"operationType":"X"}})");
  EXPECT_FALSE(FieldMask::Parse("metadata/operationType,colour", type).ok());
}

}  // namespace
}  // namespace mlengine::wire
