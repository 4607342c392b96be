#include "serving/file_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"
#include "serving/testing/saved_model_bytes.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;
using ::testing::HasSubstr;

class FileLoaderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes) {
    const std::string path = dir_ / ("model/" + name);
    ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(path)).ok());
    ASSERT_TRUE(RealFileSystem().WriteAtomic(path, bytes).ok());
  }
  Status Load(Version::Framework framework) {
    ServedVersion version;
    version.folder = dir_.path();
    version.version.set_framework(framework);
    FileLoader loader(RealFileSystem());
    return loader.Load(version);
  }

  TempDir dir_;
};

TEST_F(FileLoaderTest, ASavedModelWithoutVariables) {
  Write("saved_model.pb", GoodSavedModel());
  EXPECT_TRUE(Load(Version::TENSORFLOW).ok());
  Write("saved_model.pb", GoodSavedModel().substr(0, 20));
  EXPECT_EQ(Load(Version::TENSORFLOW).code(), StatusCode::kDataLoss);
}

TEST_F(FileLoaderTest, AGraphWithVariablesNeedsAllOfTheirFiles) {
  Write("saved_model.pb",
        SavedModelBytes({MetaGraph({"serve"}, {"serving_default"}, {"VarHandleOp"})}));
  EXPECT_THAT(Load(Version::TENSORFLOW).message(),
              HasSubstr("variables/variables.index is missing"));
  Write("variables/variables.index", IndexBytes());
  EXPECT_THAT(Load(Version::TENSORFLOW).message(), HasSubstr("variables.data-… is missing"));
  Write("variables/variables.data-00000-of-00002", "");
  EXPECT_THAT(Load(Version::TENSORFLOW).message(),
              HasSubstr("variables/variables.data-00001-of-00002 is missing"));
  Write("variables/variables.data-00001-of-00002", "");
  EXPECT_TRUE(Load(Version::TENSORFLOW).ok());
  Write("variables/variables.index", IndexBytes().substr(0, 40));
  EXPECT_THAT(Load(Version::TENSORFLOW).message(), HasSubstr("variables.index is damaged"));
}

TEST_F(FileLoaderTest, TheTextForm) {
  Write("saved_model.pbtxt",
        "meta_graphs { meta_info_def { tags: 'serve' } signature_def { key: 'x' value {} } }");
  EXPECT_TRUE(Load(Version::TENSORFLOW).ok());
}

TEST_F(FileLoaderTest, PicklesAndXgboost) {
  Write("model.pkl", "\x80\x04K\x01.");
  EXPECT_TRUE(Load(Version::SCIKIT_LEARN).ok());
  EXPECT_TRUE(Load(Version::XGBOOST).ok());
  Write("model.bst", "binf....");
  EXPECT_TRUE(Load(Version::XGBOOST).ok());
  Write("model.bst", "{\"learner\":{}}\n");
  EXPECT_TRUE(Load(Version::XGBOOST).ok());
  Write("model.bst", "{\"learner\":{");
  EXPECT_EQ(Load(Version::XGBOOST).code(), StatusCode::kDataLoss);
  Write("model.joblib", "not a pickle");
  EXPECT_EQ(Load(Version::SCIKIT_LEARN).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mlengine::serving
