#include "batch/input_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "batch/output_names.h"

namespace mlengine::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<std::vector<InputFile>> Bucket(const std::string& bucket, const std::string& prefix) {
  if (bucket != "bkt") return NotFoundError("no bucket " + bucket);
  std::vector<InputFile> files;
  for (const char* name :
       {"in", "in/", "in/a", "in/b", "in/.prediction-j-1/plan.json", "in2", "one/", "two/x"}) {
    if (std::string(name).starts_with(prefix)) files.push_back({bucket, name, 1, 1});
  }
  return files;
}

std::vector<std::string> Names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  const Result<std::vector<InputFile>> files = FindInput(paths, Bucket);
  if (!files.ok()) return {files.status().ToString()};
  for (const InputFile& file : *files) names.push_back(file.name);
  return names;
}

TEST(InputFilesTest, ANameIsAnObjectElseAFolder) {
  EXPECT_THAT(Names({"gs://bkt/in"}), ElementsAre("in"));
  EXPECT_THAT(Names({"gs://bkt/two"}), ElementsAre("two/x"));
}

TEST(InputFilesTest, AStarStandsForAllThatBeginsSo) {
  EXPECT_THAT(Names({"gs://bkt/in*"}), ElementsAre("in", "in/a", "in/b", "in2"));
  EXPECT_THAT(Names({"gs://bkt/in/*"}), ElementsAre("in/a", "in/b"));
  EXPECT_THAT(Names({"gs://bkt/in/"}), ElementsAre("in/a", "in/b"));
  EXPECT_THAT(Names({"gs://bkt/*"}), ElementsAre("in", "in/a", "in/b", "in2", "two/x"));
}

TEST(InputFilesTest, EachObjectOnceInTheOrderOfThePaths) {
  EXPECT_THAT(Names({"gs://bkt/in2", "gs://bkt/in/b", "gs://bkt/in*"}),
              ElementsAre("in2", "in/b", "in", "in/a"));
}

TEST(InputFilesTest, NamesThePathThatMatchesNothing) {
  EXPECT_THAT(Names({"gs://bkt/in", "gs://bkt/no*"}),
              ElementsAre(HasSubstr("No object matches the input path gs://bkt/no*.")));
  EXPECT_THAT(Names({"gs://bkt/one"}), ElementsAre(HasSubstr("gs://bkt/one")));
  EXPECT_THAT(Names({"gs://other/x"}), ElementsAre(HasSubstr("no bucket other")));
}

TEST(OutputNamesTest, AreTheOriginals) {
  EXPECT_EQ(ResultsName(1, 2), "prediction.results-00001-of-00002");
  EXPECT_EQ(PartName("j-1", 12, 3), ".prediction-j-1/parts/000012-000003");
  const Result<PartPlace> place = ParsePartName("000012-1000003");
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->span, 12U);
  EXPECT_EQ(place->part, 1000003U);
  for (const char* wrong : {"", "12-3", "000012", "000012-", "000012-000003x", "-000012-000003",
                            "99999999999999999999-000001"})
    EXPECT_FALSE(ParsePartName(wrong).ok()) << wrong;
}

TEST(OutputNamesTest, FoldersEndWithASlash) {
  EXPECT_EQ(ParseGsFolder("gs://b/out")->prefix, "out/");
  EXPECT_EQ(ParseGsFolder("gs://b/out/")->prefix, "out/");
  EXPECT_EQ(ParseGsFolder("gs://b")->prefix, "");
  EXPECT_EQ(ParseGsFolder("gs://b/")->prefix, "");
  EXPECT_FALSE(ParseGsFolder("b/out").ok());
  EXPECT_FALSE(ParseGsFolder("gs:///out").ok());
}

}  // namespace
}  // namespace mlengine::batch
