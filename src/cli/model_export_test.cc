// Which of a job's folders is its exported model, and what its versions are called.
#include "cli/model_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Chosen(const std::vector<std::string>& objects, const std::string& root = "j/") {
  const Result<ModelExport> chosen = ChooseExport(objects, "b", root);
  return chosen.ok() ? chosen->folder + " " + chosen->file : "error: " + chosen.status().message();
}

TEST(ModelExportTest, TheOneFolderWithAModelIsIt) {
  EXPECT_EQ(Chosen({"j/export/labels.txt", "j/export/saved_model.pb",
                    "j/export/variables/variables.index", "j/train/checkpoint"}),
            "j/export/ saved_model.pb");
  EXPECT_EQ(Chosen({"j/out/model.joblib"}), "j/out/ model.joblib");
  EXPECT_EQ(Chosen({"j/model.bst"}), "j/ model.bst");
  EXPECT_EQ(Chosen({"saved_model.pbtxt"}, ""), " saved_model.pbtxt");
}

TEST(ModelExportTest, OfNumberedSiblingsTheNewestCounts) {
  EXPECT_EQ(Chosen({"j/export/best/999/saved_model.pb", "j/export/best/1514862245/saved_model.pb",
                    "j/export/best/0001514862244/saved_model.pb"}),
            "j/export/best/1514862245/ saved_model.pb");
  // A job dir may itself have a number for its name.
  EXPECT_EQ(Chosen({"runs/7/saved_model.pb"}, "runs/7/"), "runs/7/ saved_model.pb");
  EXPECT_THAT(Chosen({"j/export/a/1/saved_model.pb", "j/export/b/2/saved_model.pb"}),
              HasSubstr("2 exported models"));
}

TEST(ModelExportTest, TheOneBelowExportGoesBeforeOthers) {
  EXPECT_EQ(Chosen({"j/checkpoints/5/saved_model.pb", "j/export/saved_model.pb"}),
            "j/export/ saved_model.pb");
  EXPECT_THAT(Chosen({"j/exported/saved_model.pb", "j/other/saved_model.pb"}),
              AllOf(HasSubstr("Name one of them with --export:\n  gs://b/j/exported/\n"),
                    HasSubstr("\n  gs://b/j/other/")));
}

TEST(ModelExportTest, NothingFoundSaysWhereItLooked) {
  EXPECT_THAT(
      Chosen({"j/train/checkpoint", "j/export/not_saved_model.pb", "j/saved_model.pb.bak"}),
      AllOf(HasSubstr("error: no exported model below gs://b/j/"),
            HasSubstr("j/: 3 objects there, and no saved_model.pb,"), HasSubstr("--export=")));
  EXPECT_THAT(Chosen({}), HasSubstr(": 0 objects there"));
}

TEST(ModelExportTest, AListOfManyIsCut) {
  std::vector<std::string> objects;
  for (int i = 0; i < 30; ++i) objects.push_back("j/m" + std::to_string(i) + "/saved_model.pb");
  EXPECT_THAT(Chosen(objects), AllOf(HasSubstr("30 exported models"), HasSubstr("and 10 more"),
                                     Not(HasSubstr("j/m9/"))));
}

TEST(ModelExportTest, AModelIsNamedLikeItsJobsWithoutTheirNumbers) {
  EXPECT_EQ(ModelNameOf("census"), "census");
  EXPECT_EQ(ModelNameOf("census_20180102_130405"), "census");
  EXPECT_EQ(ModelNameOf("census_v2"), "census_v2");
  EXPECT_EQ(ModelNameOf("census2"), "census2");
  EXPECT_EQ(ModelNameOf("a_1_b_2"), "a_1_b");
  EXPECT_EQ(ModelNameOf("census_"), "census_");
  EXPECT_EQ(ModelNameOf(""), "");
}

TEST(ModelExportTest, VersionsAreCounted) {
  EXPECT_EQ(NextVersionName({}), "v1");
  EXPECT_EQ(NextVersionName({"v1", "v10", "v9", "best", "v", "v2b", "x11", ""}), "v11");
  EXPECT_EQ(NextVersionName({"v99999999999999999999"}), "v1");
}

}  // namespace
}  // namespace mlengine::cli
