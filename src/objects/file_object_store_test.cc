#include "objects/file_object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "objects/object_file.h"

namespace mlengine::objects {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileObjectStoreTest : public ::testing::Test {
 protected:
  FileObjectStoreTest() {
    Reopen();
    Bucket bucket;
    bucket.name = "bkt";
    EXPECT_TRUE(store_->CreateBucket(bucket).ok());
  }
  void Reopen() {
    auto store = OpenFileObjectStore(dir_.path(), clock_);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = *std::move(store);
  }
  Result<Object> Put(const std::string& name, const std::string& bytes,
                     const ObjectMetadata& metadata = {}) {
    auto writer = store_->NewWriter("bkt", name);
    if (!writer.ok()) return writer.status();
    MLENGINE_RETURN_IF_ERROR((*writer)->Write(bytes));
    return (*writer)->Commit(metadata, {});
  }
  std::string Path(const std::string& below) { return dir_ / ("bkt/" + below); }
  void Drop(const std::string& below, const std::string& bytes) {
    fs::create_directories(fs::path(Path(below)).parent_path());
    std::ofstream(Path(below)) << bytes;
  }
  std::string Content(const std::string& path) {
    return RealFileSystem().Read(path).value_or("unreadable");
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const auto list = store_->List("bkt", {});
    for (const Object& object : list->objects) names.push_back(object.name);
    return names;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(FileObjectStoreTest, ObjectsAreFilesAtTheirNaturalPath) {
  ASSERT_TRUE(Put("jobs/j1/model.txt", "weights").ok());
  EXPECT_EQ(Content(Path("jobs/j1/model.txt")), "weights");
  EXPECT_EQ(*store_->LocalPath("bkt", "jobs/j1/model.txt"), Path("jobs/j1/model.txt"));
  ASSERT_TRUE(Put("jobs", "x").ok());
  EXPECT_EQ(Content(*store_->LocalPath("bkt", "jobs")), "x");
}

TEST_F(FileObjectStoreTest, OutlivesARestart) {
  ObjectMetadata metadata;
  metadata.content_type = "a/b";
  const auto put = Put("x", "1", metadata);
  Reopen();
  const auto got = store_->Get("bkt", "x");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->generation, put->generation);
  EXPECT_EQ(got->metadata.content_type, "a/b");
  clock_.Advance(std::chrono::hours(-24));
  EXPECT_GT(Put("x", "2")->generation, put->generation);
}

TEST_F(FileObjectStoreTest, ADroppedFileIsAnObject) {
  Drop("data/yes/1.wav", "hello world");
  const auto object = store_->Get("bkt", "data/yes/1.wav");
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(EncodeCrc32c(*object->crc32c), "yZRlqg==");
  EXPECT_EQ(HexEncode(object->md5), "5eb63bbbe01eeed093cb22bb8f5acdc3");
  EXPECT_GT(object->generation, 0);
  EXPECT_EQ(store_->Get("bkt", "data/yes/1.wav")->generation, object->generation);
  EXPECT_GT(::getxattr(Path("data/yes/1.wav").c_str(), "user.mlengine", nullptr, 0), 0);
  EXPECT_THAT(Names(), ElementsAre("data/yes/1.wav"));
}

TEST_F(FileObjectStoreTest, ListsDroppedFilesWithoutReadingThemWhenAsked) {
  Drop("big", "hello world");
  ListRequest request;
  request.with_hashes = false;
  const auto list = store_->List("bkt", request);
  EXPECT_FALSE(list->objects.at(0).crc32c);
  EXPECT_TRUE(store_->List("bkt", {})->objects.at(0).crc32c);
  EXPECT_TRUE(store_->List("bkt", request)->objects.at(0).crc32c);  // kept with the file
}

TEST_F(FileObjectStoreTest, AFileChangedInPlaceIsANewGeneration) {
  ObjectMetadata metadata;
  metadata.content_type = "text/plain";
  const auto put = Put("x", "old", metadata);
  std::ofstream(Path("x")) << "changed!";
  const auto got = store_->Get("bkt", "x");
  EXPECT_EQ(got->size, 8U);
  EXPECT_GT(got->generation, put->generation);
  EXPECT_EQ(*got->crc32c, ExtendCrc32c(0, "changed!"));
  EXPECT_EQ(got->metadata.content_type, "text/plain");
  EXPECT_EQ(store_->Get("bkt", "x", put->generation).status().code(), StatusCode::kNotFound);
}

TEST_F(FileObjectStoreTest, AReaderSeesThatItsFileWasChanged) {
  ASSERT_TRUE(Put("x", "old bytes").ok());
  const auto reader = store_->Open("bkt", "x");
  fs::resize_file(Path("x"), 3);
  EXPECT_EQ((*reader)->ReadAt(0, 9).status().code(), StatusCode::kAborted);
}

TEST_F(FileObjectStoreTest, WorksWithoutXattrs) {
  PretendNoXattrs(true);
  ObjectMetadata metadata;
  metadata.content_type = "text/plain";
  const auto put = Put("a/x", "bytes", metadata);
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  Reopen();
  const auto got = store_->Get("bkt", "a/x");
  EXPECT_EQ(got->generation, put->generation);
  EXPECT_EQ(got->metadata.content_type, "text/plain");
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("%meta")), {}), 1);
  ASSERT_TRUE(Put("a/x", "again").ok());
  ASSERT_TRUE(Put("a/x/y", "below").ok());
  EXPECT_EQ(store_->Get("bkt", "a/x")->metadata.content_type, "");
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("%meta")), {}), 2);
  ASSERT_TRUE(store_->Delete("bkt", "a/x", {}).ok());
  ASSERT_TRUE(store_->Delete("bkt", "a/x/y", {}).ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("%meta")), {}), 0);
  PretendNoXattrs(false);
}

TEST_F(FileObjectStoreTest, NoSymlinkLeadsOut) {
  TempDir outside;
  std::ofstream(outside / "secret") << "s";
  fs::create_directory_symlink(outside.path(), Path("link"));
  fs::create_symlink(outside / "secret", Path("file"));
  fs::create_directory_symlink(outside.path(), dir_ / "linked-bucket");
  EXPECT_EQ(store_->Get("bkt", "link/secret").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->Open("bkt", "file").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->GetBucket("linked-bucket").status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(Names().empty());
  const auto put = Put("link/new", "x");
  EXPECT_EQ(put.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(put.status().message(), HasSubstr("symbolic link"));
  EXPECT_FALSE(fs::exists(outside / "new"));
  EXPECT_EQ(store_->DeleteBucket("bkt").code(), StatusCode::kFailedPrecondition);
}

TEST_F(FileObjectStoreTest, RemovesWhatACrashLeft) {
  Drop("%tmp/0123", "half");
  fs::create_directories(Path("%tmp/join-1"));
  fs::create_directories(dir_ / "%new-1/x");
  fs::create_directories(dir_ / "%gone-1/x");
  ASSERT_TRUE(Put("x", "1").ok());
  Reopen();
  EXPECT_FALSE(fs::exists(Path("%tmp")));
  EXPECT_FALSE(fs::exists(dir_ / "%new-1"));
  EXPECT_FALSE(fs::exists(dir_ / "%gone-1"));
  EXPECT_THAT(Names(), ElementsAre("x"));
}

TEST_F(FileObjectStoreTest, LeavesNothingBehind) {
  ASSERT_TRUE(Put("a/b/c", "1").ok());
  ASSERT_TRUE(Put("a/b", "1").ok());
  {
    auto writer = store_->NewWriter("bkt", "p/q/r");
    ASSERT_TRUE((*writer)->Write("x").ok());
    EXPECT_FALSE((*writer)->Commit({}, {.if_generation_match = 7}).ok());
  }
  ASSERT_TRUE(store_->Delete("bkt", "a/b/c", {}).ok());
  ASSERT_TRUE(store_->Delete("bkt", "a/b", {}).ok());
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "bkt")) {
    left.push_back(entry.path().filename());
  }
  std::sort(left.begin(), left.end());
  EXPECT_THAT(left, ElementsAre("%bucket", "%tmp"));
}

TEST_F(FileObjectStoreTest, AFolderThatAUserMadeIsABucket) {
  fs::create_directory(dir_ / "handmade");
  std::ofstream(dir_ / "handmade/x") << "1";
  EXPECT_EQ(store_->GetBucket("handmade")->location, "US-CENTRAL1");
  EXPECT_EQ(store_->ListBuckets("any")->size(), 2U);
  EXPECT_TRUE(store_->Get("handmade", "x").ok());
}

TEST_F(FileObjectStoreTest, ReadsAStoredBucketOfVersionOne) {
  fs::create_directory(dir_ / "stored");
  std::ofstream(dir_ / "stored/%bucket")
      << R"({"v":1,"project":"p","location":"EU","class":"STANDARD","created":1514862245000000000,"meta":1})"
      << "\n";
  std::ofstream(dir_ / "stored/x") << "bytes";
  struct stat st = {};
  ASSERT_EQ(::stat((dir_ / "stored/x").c_str(), &st), 0);
  const std::string record =
      R"({"v":1,"size":5,"mtime":)" +
      std::to_string(st.st_mtim.tv_sec * 1'000'000'000LL + st.st_mtim.tv_nsec) +
      R"(,"gen":42,"meta":3,"created":1514862245000000000,"updated":1514862246000000000,)"
      R"("crc32c":7,"md5":"AAAAAAAAAAAAAAAAAAAAAA==","parts":2,"type":"t/x","custom":{"k":"v"}})";
  ASSERT_EQ(
      ::setxattr((dir_ / "stored/x").c_str(), "user.mlengine", record.data(), record.size(), 0), 0);
  EXPECT_EQ(store_->GetBucket("stored")->location, "EU");
  const auto object = store_->Get("stored", "x");
  EXPECT_EQ(object->generation, 42);
  EXPECT_EQ(object->metageneration, 3);
  EXPECT_EQ(object->crc32c, 7U);
  EXPECT_EQ(object->component_count, 2);
  EXPECT_EQ(object->metadata.custom.at("k"), "v");
}

// A file size limit stands for a full disk: the write fails in its middle.
TEST_F(FileObjectStoreTest, AFailedWriteLeavesNothing) {
  struct rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = {1000, old.rlim_max};
  auto writer = store_->NewWriter("bkt", "x");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = (*writer)->Write(std::string(5000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_FALSE(status.ok());
  writer->reset();
  EXPECT_TRUE(Names().empty());
  EXPECT_TRUE(fs::is_empty(Path("%tmp")));
}

}  // namespace
}  // namespace mlengine::objects
