#include "insight/event_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(EventFoldersTest, FindsTheUsualFlags) {
  EXPECT_THAT(EventFolders({"--logdir=/tmp/a", "--Log-Dir", "gs://b/c/", "-summaries_dir", "/s//",
                            "--model_dir=/tmp/a", "--steps", "3"}),
              ElementsAre("/tmp/a", "gs://b/c", "/s"));
}

TEST(EventFoldersTest, LeavesOutWhatIsNoFolderOfThatKind) {
  EXPECT_THAT(EventFolders({"--data_dir=/d", "--logdir=runs", "--logdir", "--log_dir=/",
                            "logdir=/x", "--log_dir=gs://", "--log_dir="}),
              IsEmpty());
}

TEST(EventFoldersTest, IsBounded) {
  std::vector<std::string> arguments;
  for (int i = 0; i < 100; ++i) arguments.push_back("--logdir=/a/" + std::to_string(i));
  EXPECT_THAT(EventFolders(arguments), SizeIs(16));
}

TEST(EventFoldersTest, WithinIsByWholeNames) {
  EXPECT_TRUE(IsWithin("gs://b/a", "gs://b/a/"));
  EXPECT_TRUE(IsWithin("gs://b/a/c", "gs://b/a"));
  EXPECT_FALSE(IsWithin("gs://b/ab", "gs://b/a"));
  EXPECT_FALSE(IsWithin("gs://b", "gs://b/a"));
}

}  // namespace
}  // namespace mlengine::insight
