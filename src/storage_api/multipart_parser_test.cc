#include "storage_api/multipart_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::storage_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  std::vector<std::string> types;
  std::vector<std::string> parts;
  Status status;
};

// Feeds `body` in pieces of `size` bytes.
Parsed Parse(const std::string& boundary, const std::string& body, std::size_t size) {
  Parsed out;
  MultipartParser parser(boundary,
                         {[&](const net::Headers& headers) {
                            out.types.emplace_back(headers.Get("content-type").value_or(""));
                            out.parts.emplace_back();
                            return OkStatus();
                          },
                          [&](std::string_view bytes) {
                            out.parts.back() += bytes;
                            return OkStatus();
                          }});
  for (std::size_t at = 0; at < body.size() && out.status.ok(); at += size) {
    out.status = parser.Feed(std::string_view(body).substr(at, size));
  }
  if (out.status.ok()) out.status = parser.Finish();
  return out;
}

// The same result whatever the pieces.
Parsed ParseEveryWay(const std::string& boundary, const std::string& body) {
  Parsed whole = Parse(boundary, body, body.size());
  for (std::size_t size = 1; size < body.size(); ++size) {
    const Parsed cut = Parse(boundary, body, size);
    EXPECT_EQ(cut.parts, whole.parts) << size;
    EXPECT_EQ(cut.types, whole.types) << size;
    EXPECT_EQ(cut.status, whole.status) << size;
  }
  return whole;
}

TEST(MultipartParserTest, ReadsGcloudsBareLineFeeds) {
  const std::string body =
      "--===============86==\nContent-Type: application/json\nMIME-Version: 1.0\n\n"
      "{\"size\": \"795\"}\n--===============86==\nContent-Type: application/x-tar\n"
      "MIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\nab\r\nc\r\n--===============86==--";
  const Parsed parsed = ParseEveryWay("===============86==", body);
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.ToString();
  EXPECT_THAT(parsed.types, ElementsAre("application/json", "application/x-tar"));
  // The last carriage return is data: this body's lines end in a bare line feed.
  EXPECT_THAT(parsed.parts, ElementsAre("{\"size\": \"795\"}", "ab\r\nc\r"));
}

TEST(MultipartParserTest, ReadsCarriageReturns) {
  const std::string body =
      "--b\r\ncontent-type: a/b\r\n\r\n{}\r\n--b \t\r\nContent-Type: c/d\r\n\r\nx\n\r\r\n--b--\r\n";
  const Parsed parsed = ParseEveryWay("b", body);
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.ToString();
  EXPECT_THAT(parsed.types, ElementsAre("a/b", "c/d"));
  EXPECT_THAT(parsed.parts, ElementsAre("{}", "x\n\r"));
}

TEST(MultipartParserTest, IsNotFooledByData) {
  const std::string data = "\n--\n--b1\n-\n--bx--\r\n--B\r\n\r\n--b -\n\n\n--";
  const Parsed parsed =
      ParseEveryWay("b", "preamble\r\n--b\r\n\r\n" + data + "\r\n--b--\r\nepilogue\r\n--b\r\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.ToString();
  EXPECT_THAT(parsed.parts, ElementsAre(data));
}

TEST(MultipartParserTest, PartsMayBeEmpty) {
  const Parsed parsed = ParseEveryWay("b", "--b\r\n\r\n\r\n--b\r\n\r\n--b\n\n--b--");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.ToString();
  EXPECT_THAT(parsed.parts, ElementsAre("", "", ""));
}

TEST(MultipartParserTest, SaysWhatIsBroken) {
  EXPECT_THAT(Parse("b", "hello", 2).status.message(), HasSubstr("does not have the boundary"));
  EXPECT_THAT(Parse("b", "--b\n\ndata", 2).status.message(), HasSubstr("without its closing"));
  EXPECT_THAT(Parse("b", "--b\n\ndata\n--b", 2).status.message(), HasSubstr("without its closing"));
  EXPECT_THAT(Parse("b", "--b\nnonsense\n\n\n--b--", 2).status.message(), HasSubstr("no colon"));
  EXPECT_THAT(Parse("b", "--b\n" + std::string(70'000, 'h'), 1000).status.message(),
              HasSubstr("64 KiB"));
}

TEST(MultipartParserTest, StopsAtAnEventsError) {
  MultipartParser parser("b", {[](const net::Headers&) { return OkStatus(); },
                               [](std::string_view) { return ResourceExhaustedError("full"); }});
  EXPECT_EQ(parser.Feed("--b\n\ndata and more data than is held back").code(),
            StatusCode::kResourceExhausted);
}

TEST(BoundaryTest, TakesAllQuotes) {
  EXPECT_EQ(*ParseBoundary("multipart/related; boundary='===============86=='"),
            "===============86==");
  EXPECT_EQ(*ParseBoundary("multipart/related; boundary=\"a b;c\"; x=y"), "a b;c");
  EXPECT_EQ(*ParseBoundary("Multipart/Related;type=x; Boundary=plain ; x=y"), "plain");
  EXPECT_EQ(*ParseBoundary("multipart/related; boundary='half"), "'half");
  for (const std::string bad :
       {"", "text/plain; boundary=x", "multipart/related",
        "multipart/related; boundary=", "multipart/related; boundary=\"\""}) {
    EXPECT_FALSE(ParseBoundary(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace mlengine::storage_api
