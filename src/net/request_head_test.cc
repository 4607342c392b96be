#include "net/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(RequestHeadTest, TargetIsPathAndDecodedQuery) {
  RequestHead head;
  SetTarget("/b/o/a%2Fb?x=1&&y&z=a+b%20c&w=%zz", head);
  EXPECT_EQ(head.raw_path, "/b/o/a%2Fb");
  EXPECT_THAT(head.query,
              ElementsAre(Pair("x", "1"), Pair("y", ""), Pair("z", "a b c"), Pair("w", "%zz")));
}

TEST(RequestHeadTest, LoopbackHostGetsThePort) {
  EXPECT_EQ(Authority(std::nullopt, "127.0.0.1:8650"), "127.0.0.1:8650");
  EXPECT_EQ(Authority("localhost", "127.0.0.1:8650"), "localhost:8650");
  EXPECT_EQ(Authority("storage.example:80", "127.0.0.1:8650"), "storage.example:80");
}

}  // namespace
}  // namespace mlengine::net
