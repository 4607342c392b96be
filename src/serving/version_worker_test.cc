#include "serving/version_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/memory_object_store.h"
#include "serving/file_loader.h"
#include "serving/testing/saved_model_bytes.h"
#include "store/memory_model_store.h"

namespace mlengine::serving {
namespace {

using engine::v1::OperationRecord;
using engine::v1::VersionRecord;
using ml::v1::OperationMetadata;
using ml::v1::Version;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The real one, with what the worker asked of it.
class WatchedLoader final : public Loader {
 public:
  Status Load(const ServedVersion& version) override {
    calls.push_back("load " + version.version.name());
    if (on_load) on_load();
    return inner.Load(version);
  }
  void Unload(const ServedVersion& version) override {
    calls.push_back("unload " + version.version.name());
  }
  FileLoader inner{RealFileSystem()};
  std::vector<std::string> calls;
  std::function<void()> on_load;
};

class VersionWorkerTest : public ::testing::Test {
 protected:
  VersionWorkerTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bkt", "p", "", "", {}}).ok());
    Put("good/saved_model.pb", GoodSavedModel());
    Put("bad/saved_model.pb", GoodSavedModel().substr(0, 30));
    EXPECT_TRUE(store_
                    ->Change([](store::ModelTransaction& change) {
                      store::ResourceRecord model;
                      model.mutable_model()->mutable_model()->set_name("m");
                      return change.Create(store::ModelKey("p", "m"), model);
                    })
                    .ok());
    MakeWorker();
  }
  void MakeWorker(int kept = 1000) {
    worker_ = std::make_unique<VersionWorker>(
        WorkerParts{*store_, *objects_, loader_, RealFileSystem(), clock_},
        WorkerOptions{.folder = folder_, .kept_operations = kept});
  }
  void Put(const std::string& name, const std::string& bytes) {
    auto writer = objects_->NewWriter("bkt", name);
    ASSERT_TRUE((*writer)->Write(bytes).ok());
    ASSERT_TRUE((*writer)->Commit({}, {}).ok());
  }
  void Ask(const std::string& name, OperationMetadata::Type type, const std::string& operation) {
    ASSERT_TRUE(store_
                    ->Change([&](store::ModelTransaction& change) {
                      store::ResourceRecord record;
                      record.mutable_operation()->set_model("m");
                      record.mutable_operation()->set_version(name);
                      record.mutable_operation()->mutable_metadata()->set_operation_type(type);
                      return change.Create(store::OperationKey("p", operation), record);
                    })
                    .ok());
  }
  void AskForVersion(const std::string& name, const std::string& source) {
    ASSERT_TRUE(store_
                    ->Change([&](store::ModelTransaction& change) {
                      store::ResourceRecord record;
                      VersionRecord& version = *record.mutable_version();
                      version.set_folder(name + "-1");
                      version.mutable_version()->set_name(name);
                      version.mutable_version()->set_state(Version::CREATING);
                      version.mutable_version()->set_deployment_uri("gs://bkt/" + source);
                      return change.Create(store::VersionKey("p", "m", name), record);
                    })
                    .ok());
    Ask(name, OperationMetadata::CREATE_VERSION, "create_" + name);
  }
  VersionRecord VersionOf(const std::string& name) {
    return store_->Get(store::VersionKey("p", "m", name))->record.version();
  }
  OperationRecord OperationOf(const std::string& id) {
    return store_->Get(store::OperationKey("p", id))->record.operation();
  }
  std::string Default() {
    return store_->Get(store::ModelKey("p", "m"))->record.model().default_version();
  }
  bool IsThere(const std::string& path) {
    return RealFileSystem().Stat(JoinPath(folder_, path)).ok();
  }

  TempDir dir_;
  const std::string folder_ = dir_ / "models";
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  std::unique_ptr<store::ModelStore> store_ = store::NewMemoryModelStore();
  WatchedLoader loader_;
  std::unique_ptr<VersionWorker> worker_;
};

TEST_F(VersionWorkerTest, TheFirstReadyVersionIsTheDefault) {
  AskForVersion("v1", "bad");
  AskForVersion("v2", "good");
  AskForVersion("v3", "good");
  ASSERT_TRUE(worker_->RunOpen().ok());
  EXPECT_EQ(VersionOf("v1").version().state(), Version::FAILED);
  EXPECT_EQ(VersionOf("v2").version().state(), Version::READY);
  EXPECT_EQ(VersionOf("v2").version().framework(), Version::TENSORFLOW);
  EXPECT_EQ(VersionOf("v2").files(), 1);
  EXPECT_EQ(Default(), "v2");
  const OperationRecord operation = OperationOf("create_v2");
  EXPECT_TRUE(operation.done());
  EXPECT_FALSE(operation.has_error());
  EXPECT_EQ(operation.response().type_url(), "type.googleapis.com/google.cloud.ml.v1.Version");
  Version version;
  ASSERT_TRUE(version.ParseFromString(operation.response().value()));
  EXPECT_EQ(version.name(), "projects/p/models/m/versions/v2");
  EXPECT_TRUE(version.is_default());
  EXPECT_EQ(version.etag().size(), 8U);
  EXPECT_TRUE(operation.metadata().has_start_time() && operation.metadata().has_end_time());
  EXPECT_EQ(*RealFileSystem().Read(folder_ + "/p/m/v2-1/model/saved_model.pb"), GoodSavedModel());
}

TEST_F(VersionWorkerTest, AModelThatDoesNotLoadFailsWithTheLoadersWords) {
  AskForVersion("v1", "bad");
  ASSERT_TRUE(worker_->RunOpen().ok());
  const std::string message = OperationOf("create_v1").error().message();
  EXPECT_THAT(message, HasSubstr("Create Version failed. Bad model detected with error: \"Failed "
                                 "to load model: saved_model.pb is damaged"));
  EXPECT_EQ(OperationOf("create_v1").error().code(), 3);
  EXPECT_EQ(VersionOf("v1").version().error_message(), message);
  EXPECT_EQ(Default(), "");
  EXPECT_FALSE(IsThere("p/m/v1-1"));
  EXPECT_FALSE(IsThere("p/m/v1-1.partial"));
}

TEST_F(VersionWorkerTest, ChangesOfTheBucketAfterwardsDoNothing) {
  AskForVersion("v1", "good");
  ASSERT_TRUE(worker_->RunOpen().ok());
  Put("good/saved_model.pb", "something else");
  EXPECT_EQ(*RealFileSystem().Read(folder_ + "/p/m/v1-1/model/saved_model.pb"), GoodSavedModel());
}

TEST_F(VersionWorkerTest, ACancelledCreationIsAFailedVersion) {
  AskForVersion("v1", "good");
  ASSERT_TRUE(
      store_
          ->Change([](store::ModelTransaction& change) {
            const auto key = store::OperationKey("p", "create_v1");
            auto operation = *change.Get(key);
            operation.record.mutable_operation()->mutable_metadata()->set_is_cancellation_requested(
                true);
            return change.Put(key, operation.record);
          })
          .ok());
  ASSERT_TRUE(worker_->RunOpen().ok());
  EXPECT_EQ(OperationOf("create_v1").error().code(), 1);
  EXPECT_EQ(VersionOf("v1").version().state(), Version::FAILED);
  EXPECT_EQ(VersionOf("v1").version().error_message(), "The operation was cancelled.");
  EXPECT_TRUE(loader_.calls.empty());
}

TEST_F(VersionWorkerTest, AHalfMadeCopyIsMadeAgain) {
  AskForVersion("v1", "good");
  loader_.on_load = [this] { worker_->Stop(); };
  EXPECT_FALSE(worker_->RunOpen().ok());
  EXPECT_FALSE(OperationOf("create_v1").done());
  EXPECT_EQ(VersionOf("v1").version().state(), Version::CREATING);
  // A power cut may have left anything in it.
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(folder_ + "/p/m/v1-1/model/saved_model.pb", "half").ok());
  loader_.on_load = nullptr;
  MakeWorker();
  ASSERT_TRUE(worker_->Sweep().ok());
  ASSERT_TRUE(worker_->RunOpen().ok());
  EXPECT_EQ(VersionOf("v1").version().state(), Version::READY);
  EXPECT_EQ(*RealFileSystem().Read(folder_ + "/p/m/v1-1/model/saved_model.pb"), GoodSavedModel());
}

TEST_F(VersionWorkerTest, ADeletedVersionIsUnloadedAndItsFilesGo) {
  AskForVersion("v1", "good");
  ASSERT_TRUE(worker_->RunOpen().ok());
  Ask("v1", OperationMetadata::DELETE_VERSION, "delete_v1");
  ASSERT_TRUE(worker_->RunOpen().ok());
  EXPECT_THAT(loader_.calls, ElementsAre("load v1", "unload v1"));
  EXPECT_EQ(OperationOf("delete_v1").response().type_url(),
            "type.googleapis.com/google.protobuf.Empty");
  EXPECT_FALSE(store_->Get(store::VersionKey("p", "m", "v1")).ok());
  EXPECT_EQ(Default(), "");
  EXPECT_FALSE(IsThere("p/m/v1-1"));
}

TEST_F(VersionWorkerTest, ASweepRemovesStraysAndSaysWhatIsGone) {
  AskForVersion("v1", "good");
  AskForVersion("v2", "good");
  ASSERT_TRUE(worker_->RunOpen().ok());
  ASSERT_TRUE(RealFileSystem().MakeDirectories(folder_ + "/p/m/old-7/model").ok());
  ASSERT_TRUE(RealFileSystem().RemoveTree(folder_ + "/p/m/v1-1").ok());
  ASSERT_TRUE(worker_->Sweep().ok());
  EXPECT_FALSE(IsThere("p/m/old-7"));
  EXPECT_TRUE(IsThere("p/m/v2-1"));
  EXPECT_EQ(VersionOf("v1").version().state(), Version::FAILED);
  EXPECT_THAT(VersionOf("v1").version().error_message(), HasSubstr("create the version again"));
  EXPECT_EQ(VersionOf("v2").version().state(), Version::READY);
}

TEST_F(VersionWorkerTest, ItsThreadWorksOnWhatComesAndKeepsTheNewestOperations) {
  MakeWorker(3);
  worker_->Start();
  for (int i = 0; i < 8; ++i) AskForVersion("v" + std::to_string(i), "good");
  std::vector<store::StoredResource> left;
  for (int i = 0; i < 1000; ++i) {
    left = store_->List({.kind = store::ResourceKind::kOperation, .project = "p"})->resources;
    if (left.size() == 3 && left[0].record.operation().done()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0].key.name, "create_v7");
  EXPECT_TRUE(left[0].record.operation().done());
  EXPECT_EQ(VersionOf("v0").version().state(), Version::READY);
}

}  // namespace
}  // namespace mlengine::serving
