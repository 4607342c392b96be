#include "serving/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/memory_object_store.h"
#include "serving/deployment_copy.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeploymentTest : public ::testing::Test {
 protected:
  DeploymentTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bkt", "p", "", "", {}}).ok());
    version_.set_deployment_uri("gs://bkt/m");
  }
  void Put(const std::string& name, const std::string& bytes = "x") {
    auto writer = objects_->NewWriter("bkt", name);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write(bytes).ok());
    ASSERT_TRUE((*writer)->Commit({}, {}).ok());
  }
  std::string Fault() {
    const auto deployment = ListDeployment(*objects_, version_);
    const Status status =
        deployment.ok() ? FrameworkOf(version_, *deployment).status() : deployment.status();
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
    return status.violations().size() == 1 ? status.violations()[0].description : "";
  }
  Version::Framework Framework() {
    return *FrameworkOf(version_, *ListDeployment(*objects_, version_));
  }

  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  Version version_;
};

TEST_F(DeploymentTest, TheFilesTellTheFramework) {
  Put("m/");
  Put("m/saved_model.pb");
  Put("m/variables/variables.index");
  Put("m2/model.pkl");
  const auto deployment = ListDeployment(*objects_, version_);
  ASSERT_TRUE(deployment.ok()) << deployment.status().ToString();
  std::vector<std::string> paths;
  for (const DeploymentFile& file : deployment->files) paths.push_back(file.path);
  EXPECT_THAT(paths, ElementsAre("model/saved_model.pb", "model/variables/variables.index"));
  EXPECT_EQ(deployment->bytes, 2U);
  EXPECT_EQ(Framework(), Version::TENSORFLOW);
  version_.set_deployment_uri("gs://bkt/m2/");
  EXPECT_EQ(Framework(), Version::SCIKIT_LEARN);
  Put("m3/model.bst");
  version_.set_deployment_uri("gs://bkt/m3");
  EXPECT_EQ(Framework(), Version::XGBOOST);
}

TEST_F(DeploymentTest, NoneOrSeveralModelsAreFaults) {
  EXPECT_EQ(Fault(), "There are no files in the deployment directory gs://bkt/m/.");
  Put("m/readme.txt");
  EXPECT_EQ(Fault(),
            "Deployment directory gs://bkt/m/ is expected to contain exactly one of: "
            "[saved_model.pb, saved_model.pbtxt, model.joblib, model.pkl, model.bst].");
  Put("m/model.bst");
  Put("m/saved_model.pb");
  EXPECT_THAT(Fault(), HasSubstr("Multiple model files are found in gs://bkt/m/: "
                                 "saved_model.pb, model.bst."));
  version_.set_framework(Version::TENSORFLOW);
  EXPECT_EQ(Framework(), Version::TENSORFLOW);
  Put("m/saved_model.pbtxt");
  EXPECT_EQ(Fault(),
            "Deployment directory gs://bkt/m/ is expected to contain exactly one of: "
            "[saved_model.pb, saved_model.pbtxt].");
  version_.set_deployment_uri("gs://nobucket/m");
  EXPECT_THAT(Fault(), HasSubstr("gs://nobucket/m/ cannot be read: "));
}

TEST_F(DeploymentTest, FilesAndBytesAreBounded) {
  for (int i = 0; i < 4; ++i) Put("m/" + std::to_string(i), std::string(1 << 19, 'x'));
  EXPECT_TRUE(ListDeployment(*objects_, version_, {.files = 4}).ok());
  EXPECT_THAT(ListDeployment(*objects_, version_, {.files = 3}).status().message(),
              HasSubstr("There are more than 3 files in gs://bkt/m/."));
  EXPECT_THAT(ListDeployment(*objects_, version_, {.bytes = 1 << 20}).status().message(),
              HasSubstr("more than the 1 MiB"));
}

TEST_F(DeploymentTest, NamesThatAreNoPathsAreFaults) {
  for (const char* name : {"m/../x", "m//x", "m/a/./b", "m/a/../../../etc/x"}) {
    Put(name);
    EXPECT_THAT(Fault(), HasSubstr(std::string("gs://bkt/") + name + " cannot be that of a file"));
    ASSERT_TRUE(objects_->Delete("bkt", name, {}).ok());
  }
}

TEST_F(DeploymentTest, PackagesComeAlong) {
  Put("m/data.txt");
  Put("code/p.tar.gz");
  version_.set_prediction_class("p.Predictor");
  version_.add_package_uris("gs://bkt/code/p.tar.gz");
  version_.add_package_uris("gs://bkt/code/p.tar.gz");
  const auto deployment = ListDeployment(*objects_, version_);
  ASSERT_TRUE(deployment.ok());
  EXPECT_EQ(deployment->files[1].path, "packages/0/p.tar.gz");
  EXPECT_EQ(deployment->files[2].path, "packages/1/p.tar.gz");
  EXPECT_EQ(Framework(), Version::FRAMEWORK_UNSPECIFIED);
  version_.set_package_uris(0, "gs://bkt/none.tar.gz");
  EXPECT_THAT(Fault(), HasSubstr("The provided GCS path gs://bkt/none.tar.gz cannot be read"));
}

TEST_F(DeploymentTest, TheCopyIsOfTheGenerationThatWasListed) {
  const std::string bytes(3'000'000, 'b');
  Put("m/a/b", bytes);
  Put("m/c", "");
  const TempDir dir;
  const auto deployment = *ListDeployment(*objects_, version_);
  int pieces = 0;
  ASSERT_TRUE(CopyDeployment(*objects_, deployment, dir / "v", RealFileSystem(), [&pieces] {
                ++pieces;
                return OkStatus();
              }).ok());
  EXPECT_GE(pieces, 4);
  EXPECT_EQ(*RealFileSystem().Read(dir / "v/model/a/b"), bytes);
  EXPECT_EQ(*RealFileSystem().Read(dir / "v/model/c"), "");
  Put("m/c", "another");
  EXPECT_THAT(
      CopyDeployment(*objects_, deployment, dir / "w", RealFileSystem(), OkStatus).message(),
      HasSubstr("cannot copy gs://bkt/m/c"));
}

TEST_F(DeploymentTest, ACopyEndsWhenItIsTold) {
  Put("m/a", std::string(3 << 20, 'a'));
  const TempDir dir;
  int left = 3;
  EXPECT_EQ(
      CopyDeployment(*objects_, *ListDeployment(*objects_, version_), dir / "v", RealFileSystem(),
                     [&left] { return --left > 0 ? OkStatus() : CancelledError("enough"); }),
      CancelledError("enough"));
}

}  // namespace
}  // namespace mlengine::serving
