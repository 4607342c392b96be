#include "logs/line_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "logs/line_text.h"
#include "logs/severity.h"

namespace mlengine::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr StreamRef::Kind kStderr = StreamRef::Kind::kStderr;
const Time kStart = FromUnixNanos(1'514'862'245'000'000'000);

std::vector<Draft> Cut(std::string_view text) {
  LineParser parser(kStderr, 0);
  std::vector<Draft> drafts;
  parser.Feed(text, kStart, drafts);
  parser.Finish(drafts);
  return drafts;
}

std::vector<std::string> Pieces(std::string_view text) {
  std::vector<std::string> pieces;
  for (const Draft& draft : Cut(text)) pieces.emplace_back(text.substr(draft.offset, draft.length));
  return pieces;
}

TEST(SeverityTest, ReadsTheShapesOfLines) {
  const std::vector<std::pair<std::string_view, std::optional<Severity>>> table = {
      {"INFO:root:x", Severity::kInfo},
      {"WARNING:tensorflow:x", Severity::kWarning},
      {"CRITICAL:a.b:x", Severity::kCritical},
      {"I0102 03:04:05.123456 1 a.cc:1] x", Severity::kInfo},
      {"F0102 03:04:05.123456 x", Severity::kCritical},
      {"2026-11-22 02:33:33.910487: W external/x.cc:1] x", Severity::kWarning},
      {"2017-10-12 11:22:33,123 ERROR x", Severity::kError},
      {"2017-10-12T11:22:33 DEBUG: x", Severity::kDebug},
      {"INFO: not logging", std::nullopt},
      {"Information:x:y", std::nullopt},
      {"I0102 is a part number", std::nullopt},
      {"2017-10-12 11:22:33", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [line, severity] : table) EXPECT_EQ(LineSeverity(line), severity) << line;
}

TEST(LineTextTest, KeepsTheLastStateOfAProgressBar) {
  EXPECT_EQ(LineMessage("10%\r20%\r30%\r\n"), "30%");
  EXPECT_EQ(LineMessage("plain\r\n"), "plain");
  EXPECT_EQ(LineMessage("\r\r\n"), "");
}

TEST(LineTextTest, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(ToValidUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ToValidUtf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(LineTextTest, JsonNeedsAMessage) {
  // Infinite to the library; written again it would be no JSON.
  EXPECT_FALSE(ParseJsonLine("{\"message\":\"m\",\"loss\":1e999}"));
  const auto line = ParseJsonLine("{\"message\":\"hi\",\"severity\":\"warn\",\"n\":1}\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->message, "hi");
  EXPECT_EQ(line->severity, Severity::kWarning);
  EXPECT_FALSE(ParseJsonLine("{\"message\":3}\n"));
  EXPECT_FALSE(ParseJsonLine("{not json}\n"));
}

TEST(LineParserTest, KeepsATracebackTogether) {
  const std::string block =
      "Traceback (most recent call last):\n  File \"a.py\"\n    f()\nKeyError: 1\n";
  EXPECT_THAT(Pieces("before\n" + block + "after\n"), ElementsAre("before\n", block, "after\n"));
  EXPECT_THAT(Pieces(block + block), ElementsAre(block, block));
}

TEST(LineParserTest, KeepsChainedTracebacksTogether) {
  const std::string one = "Traceback (most recent call last):\n  f()\nKeyError: 1\n";
  const std::string chained =
      one + "\nDuring handling of the above exception, another exception occurred:\n\n" + one;
  EXPECT_THAT(Pieces(chained + "x\n"), ElementsAre(chained, "x\n"));
  EXPECT_THAT(Pieces(one + "\nx\n"), ElementsAre(one, "\n", "x\n"));
}

TEST(LineParserTest, SilenceEndsATraceback) {
  LineParser parser(kStderr, 100);
  std::vector<Draft> drafts;
  parser.Feed("Traceback (most recent call last):\n  f()\n", kStart, drafts);
  parser.Tick(kStart + std::chrono::milliseconds(199), drafts);
  EXPECT_THAT(drafts, IsEmpty());
  parser.Tick(kStart + std::chrono::milliseconds(200), drafts);
  ASSERT_EQ(drafts.size(), 1U);
  EXPECT_EQ(drafts[0].offset, 100U);
  EXPECT_EQ(drafts[0].severity, Severity::kError);
  EXPECT_FALSE(parser.deadline());
}

TEST(LineParserTest, CutsALongLineBetweenCharacters) {
  std::string line(LineParser::kLongestEntry - 1, 'a');
  line += "\xC3\xBC tail\n";
  const std::vector<Draft> drafts = Cut(line);
  ASSERT_EQ(drafts.size(), 2U);
  EXPECT_EQ(drafts[0].length, LineParser::kLongestEntry - 1);
  EXPECT_EQ(drafts[0].flags, Draft::kPartial);
  EXPECT_EQ(drafts[1].offset + drafts[1].length, line.size());
}

// Any bytes, fed in pieces of any size: every byte is in exactly one entry, in order, and the cut
// does not depend on the pieces.
TEST(LineParserTest, EveryByteIsInOneEntry) {
  std::mt19937 random(7);
  const std::vector<std::string> words = {"\n",
                                          "\r",
                                          "Traceback (most recent call last):\n",
                                          "  x\n",
                                          "\xFF",
                                          "{\"message\":\"a\"}\n",
                                          "E: 1\n",
                                          "The above exception was the direct cause\n"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += words[random() % words.size()];
    LineParser parser(kStderr, 0);
    std::vector<Draft> drafts;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t count = 1 + random() % 30;
      parser.Feed(std::string_view(text).substr(at, count), kStart, drafts);
      at += count;
    }
    parser.Finish(drafts);
    std::uint64_t next = 0;
    std::vector<std::string> pieces;
    for (const Draft& draft : drafts) {
      ASSERT_EQ(draft.offset, next);
      next += draft.length;
      pieces.push_back(text.substr(draft.offset, draft.length));
    }
    ASSERT_EQ(next, text.size());
    ASSERT_EQ(pieces, Pieces(text));
  }
}

}  // namespace
}  // namespace mlengine::logs
