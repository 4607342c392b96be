#include "runner/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Entry {
  std::string path;
  std::string bytes{};
  unsigned type = AE_IFREG;
  std::string target{};  // of a link
  bool hard = false;
};

void Pack(const std::string& path, const std::vector<Entry>& entries, bool zip = false) {
  archive* writer = archive_write_new();
  if (zip) {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax(writer);
    archive_write_add_filter_gzip(writer);
  }
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const Entry& one : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, one.path.c_str());
    archive_entry_set_filetype(entry, one.type);
    archive_entry_set_perm(entry, 0755);
    archive_entry_set_size(entry, static_cast<la_int64_t>(one.bytes.size()));
    if (!one.target.empty()) {
      if (one.hard) {
        archive_entry_set_hardlink(entry, one.target.c_str());
      } else {
        archive_entry_set_symlink(entry, one.target.c_str());
      }
    }
    ASSERT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << archive_error_string(writer);
    archive_write_data(writer, one.bytes.data(), one.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

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
