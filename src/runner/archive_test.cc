#include "runner/archive.h"

#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "runner/testing/pack.h"

namespace mlengine::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ArchiveTest : public ::testing::Test {
 protected:
  // Unpacks an archive of these entries into out/.
  Status Try(const std::vector<Entry>& entries, const UnpackLimits& limits = {}, bool zip = false) {
    Pack(dir_ / "a", entries, zip);
    EXPECT_TRUE(RealFileSystem().MakeDirectories(dir_ / "out").ok());
    return Unpack(dir_ / "a", "a-1.0.tar.gz", dir_ / "out", limits);
  }
  TempDir dir_;
};

TEST_F(ArchiveTest, UnpacksFilesAndFolders) {
  const std::vector<Entry> entries = {{.path = "a-1.0/", .type = AE_IFDIR},
                                      {.path = "a-1.0/x.py", .bytes = "one"},
                                      {.path = "./a-1.0/deep/er/y.py", .bytes = "two"},
                                      {.path = "a-1.0/x.py", .bytes = "again"}};
  ASSERT_TRUE(Try(entries).ok());
  EXPECT_EQ(*RealFileSystem().Read(dir_ / "out/a-1.0/x.py"), "again");
  EXPECT_EQ(*RealFileSystem().Read(dir_ / "out/a-1.0/deep/er/y.py"), "two");
}

TEST_F(ArchiveTest, UnpacksZip) {
  ASSERT_TRUE(Try({{.path = "x/y.py", .bytes = std::string(100'000, 'z')}}, {}, true).ok());
  EXPECT_EQ(RealFileSystem().Read(dir_ / "out/x/y.py")->size(), 100'000U);
}

TEST_F(ArchiveTest, RefusesWhatLeadsOutOrIsNoPlainFile) {
  const Entry bad[] = {
      {.path = "../evil", .bytes = "x"},
      {.path = "a/../../evil", .bytes = "x"},
      {.path = "/tmp/mlengine-evil", .bytes = "x"},
      {.path = "a/link", .type = AE_IFLNK, .target = "/etc"},
      {.path = "a/hard", .target = "/etc/passwd", .hard = true},
      {.path = "a/pipe", .type = AE_IFIFO},
  };
  for (const Entry& entry : bad) {
    const Status status = Try({{.path = "a/fine", .bytes = "x"}, entry});
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << entry.path;
    EXPECT_THAT(status.message(), HasSubstr("The package a-1.0.tar.gz is refused: its entry \""));
  }
  EXPECT_THAT(*RealFileSystem().List(dir_.path()), ElementsAre("a", "out"));
  EXPECT_FALSE(RealFileSystem().Stat("/tmp/mlengine-evil").ok());
}

TEST_F(ArchiveTest, RefusesAFileInTheWayOfAFolder) {
  EXPECT_THAT(Try({{.path = "a", .bytes = "x"}, {.path = "a/b", .bytes = "x"}}).message(),
              HasSubstr("is in the way of another"));
  EXPECT_THAT(Try({{.path = "c/d", .bytes = "x"}, {.path = "c", .bytes = "x"}}).message(),
              HasSubstr("is in the way of another"));
}

TEST_F(ArchiveTest, RefusesMoreThanItsLimits) {
  const std::vector<Entry> entries = {{.path = "a", .bytes = std::string(1000, '0')},
                                      {.path = "b", .bytes = std::string(1000, '0')}};
  EXPECT_TRUE(Try(entries, {.bytes = 2000, .entries = 2}).ok());
  EXPECT_THAT(Try(entries, {.bytes = 1999, .entries = 2}).message(), HasSubstr("1999 bytes"));
  EXPECT_THAT(Try(entries, {.bytes = 2000, .entries = 1}).message(), HasSubstr("1 files"));
}

TEST_F(ArchiveTest, ABrokenArchiveIsToldInOneSentence) {
  Pack(dir_ / "a", {{.path = "a/b", .bytes = std::string(100'000, 'x')}});
  std::string bytes = *RealFileSystem().Read(dir_ / "a");
  bytes.resize(bytes.size() / 2);
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "cut", bytes).ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "text", "this is no archive").ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "empty", "").ok());
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir_ / "out").ok());
  for (const char* name : {"cut", "text", "empty"}) {
    const Status status = Unpack(dir_ / name, "a-1.0.tar.gz", dir_ / "out");
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(status.message(), HasSubstr("The package a-1.0.tar.gz ")) << name;
  }
}

}  // namespace
}  // namespace mlengine::runner
