#include "net/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/testing/parse_request.h"

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

TEST(ParseRequestTest, ABodyOfChunksMayComeByteByByte) {
  const std::string bytes =
      "POST /a?b=c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Result<ParsedRequest> parsed = ParseRequest(bytes, piece);
    ASSERT_TRUE(parsed.ok()) << piece << ": " << parsed.status().ToString();
    EXPECT_TRUE(parsed->complete) << piece;
    EXPECT_EQ(parsed->request.body, "abcd") << piece;
    EXPECT_EQ(parsed->request.raw_path, "/a");
  }
  EXPECT_FALSE(ParseRequest("GET / HTTP/1.1\r\nA: " + std::string(99, 'b'), 7, 50).ok());
}

}  // namespace
}  // namespace mlengine::net
