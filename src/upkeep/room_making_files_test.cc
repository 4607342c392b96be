#include "upkeep/room_making_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/testing/temp_dir.h"

namespace mlengine::upkeep {
namespace {

// A disk that is full is played by the longest length that a file may have: the kernel refuses to
// write beyond it. Room is made by raising it.
class RoomMakingFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
  }
  void TearDown() override { ::setrlimit(RLIMIT_FSIZE, &before_); }
  void SetLongest(std::uint64_t bytes) {
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  std::unique_ptr<FileSystem> Files(int pieces) {
    return NewRoomMakingFiles(RealFileSystem(), [this, pieces] {
      if (asked_ == pieces) return false;
      SetLongest(static_cast<std::uint64_t>(100 + 100 * ++asked_));
      return true;
    });
  }

  TempDir dir_;
  rlimit before_{};
  int asked_ = 0;
};

TEST_F(RoomMakingFilesTest, AnAppendGoesOnWhereItStopped) {
  const auto files = Files(3);
  const std::string bytes = std::string(150, 'a') + std::string(150, 'b');
  SetLongest(100);
  {
    auto file = files->OpenAppend(dir_ / "f");
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->Append(bytes).ok());
    EXPECT_EQ((*file)->offset(), 300U);
  }
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(files->Read(dir_ / "f").value_or(""), bytes);
}

TEST_F(RoomMakingFilesTest, AFileIsReplacedOnceThereIsRoom) {
  const auto files = Files(3);
  SetLongest(100);
  EXPECT_TRUE(files->WriteAtomic(dir_ / "f", std::string(250, 'a')).ok());
  EXPECT_EQ(asked_, 2);
}

TEST_F(RoomMakingFilesTest, WithoutMoreRoomTheFirstErrorIsTheAnswer) {
  const auto files = Files(1);
  SetLongest(100);
  EXPECT_EQ(files->WriteAtomic(dir_ / "f", std::string(250, 'a')).code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(asked_, 1);
  EXPECT_TRUE(files->List(dir_.path())->empty());
}

}  // namespace
}  // namespace mlengine::upkeep
