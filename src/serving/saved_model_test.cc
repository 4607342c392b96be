#include "serving/saved_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/pickle_file.h"
#include "serving/testing/saved_model_bytes.h"

namespace mlengine::serving {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SavedModelTest, TellsTagsSignaturesAndVariables) {
  const auto model = ReadSavedModel(SavedModelBytes(
      {MetaGraph({"serve", "gpu"}, {"serving_default", "other", "__saved_model_init_op"},
                 {"Placeholder", "VarHandleOp"}),
       MetaGraph({"train"}, {})}));
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  ASSERT_EQ(model->graphs.size(), 2U);
  EXPECT_THAT(model->graphs[0].tags, ElementsAre("serve", "gpu"));
  EXPECT_THAT(model->graphs[0].signatures, ElementsAre("serving_default", "other"));
  EXPECT_TRUE(model->graphs[0].has_variables);
  EXPECT_FALSE(model->graphs[1].has_variables);
  EXPECT_THAT(ServingGraph(*model)->signatures, ElementsAre("serving_default", "other"));
}

TEST(SavedModelTest, EveryCutOfAFileIsSeen) {
  const std::string whole = GoodSavedModel();
  ASSERT_TRUE(ReadSavedModel(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Status status = ReadSavedModel(whole.substr(0, size)).status();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << size;
    EXPECT_THAT(status.message(), HasSubstr("saved_model.pb is damaged"));
  }
}

TEST(SavedModelTest, WithoutTheTagOrASignatureItCannotServe) {
  const auto other = ReadSavedModel(SavedModelBytes({MetaGraph({"train", "tpu"}, {"a"})}));
  EXPECT_THAT(
      ServingGraph(*other).status().message(),
      HasSubstr("no graph has the tag \"serve\"; the tags of its graphs are [[train, tpu]]"));
  const auto bare =
      ReadSavedModel(SavedModelBytes({MetaGraph({"serve"}, {"__saved_model_init_op"})}));
  EXPECT_THAT(ServingGraph(*bare).status().message(), HasSubstr("has no signature"));
}

constexpr char kText[] = R"(saved_model_schema_version: 1
# a comment { with a brace
meta_graphs {
  meta_info_def { tags: "serve" tags: "gpu" }
  graph_def { node { name: "x}" op: "VariableV2" attr { key: "a" value { s: "\"{" } } } }
  signature_def {
    key: "serving_default"
    value { inputs { key: "x" value { name: "x:0" tensor_shape { dim { size: -1 } } } } }
  }
}
)";

TEST(SavedModelTest, TheTextFormTellsTheSame) {
  const auto model = ReadSavedModelText(kText);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  ASSERT_EQ(model->graphs.size(), 1U);
  EXPECT_THAT(model->graphs[0].tags, ElementsAre("serve", "gpu"));
  EXPECT_THAT(model->graphs[0].signatures, ElementsAre("serving_default"));
  EXPECT_TRUE(model->graphs[0].has_variables);
}

TEST(SavedModelTest, TextThatIsCutOrNoneIsDamaged) {
  const std::string whole = kText;
  for (const std::string& text :
       {whole.substr(0, whole.size() - 3), std::string("}"), std::string("a: \"b"),
        std::string("a: 1"), std::string("meta_graphs { \x01 }"), std::string(200, '{')}) {
    EXPECT_EQ(ReadSavedModelText(text).status().code(), StatusCode::kDataLoss) << text;
  }
}

TEST(SavedModelTest, TheIndexOfVariablesHasItsEnd) {
  EXPECT_TRUE(CheckVariablesIndex(IndexBytes()).ok());
  EXPECT_FALSE(CheckVariablesIndex(IndexBytes().substr(0, 47)).ok());
  EXPECT_FALSE(CheckVariablesIndex("").ok());
  EXPECT_EQ(ShardsOf("variables.data-00000-of-00002"), 2);
  for (const char* name : {"variables.index", "variables.data-00000-of-0000x",
                           "variables.data-00000-of-00000", "variables.data-00000-of-000021"})
    EXPECT_EQ(ShardsOf(name), 0) << name;
}

TEST(PickleFileTest, WholePicklesOfBothKinds) {
  EXPECT_TRUE(CheckPickle("model.pkl", "\x80\x04", ".").ok());
  EXPECT_TRUE(CheckPickle("model.pkl", "(dp0", ".").ok());
  EXPECT_TRUE(CheckPickle("model.joblib", "\x78\x9c", "x").ok());
  EXPECT_EQ(CheckPickle("model.pkl", "\x80\x04", "x").code(), StatusCode::kDataLoss);
  EXPECT_EQ(CheckPickle("model.pkl", "", "").code(), StatusCode::kDataLoss);
  EXPECT_THAT(CheckPickle("model.pkl", "<html>", ">").message(), HasSubstr("is no pickle"));
}

TEST(PickleFileTest, TheClassesTellTheFramework) {
  using ml::v1::Version;
  EXPECT_EQ(FrameworkInPickle("\x80\x04sklearn.svm"), Version::SCIKIT_LEARN);
  EXPECT_EQ(FrameworkInPickle("\x80\x04xgboost.core sklearn"), Version::XGBOOST);
  EXPECT_EQ(FrameworkInPickle("sklearn.pipeline xgboost.sklearn"), Version::SCIKIT_LEARN);
  EXPECT_EQ(FrameworkInPickle(""), Version::SCIKIT_LEARN);
}

}  // namespace
}  // namespace mlengine::serving
