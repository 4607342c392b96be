#include "logging_api/log_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logging_api/filter_parser.h"

namespace mlengine::logging_api {
namespace {

using ::testing::HasSubstr;

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// The words of the language are in testdata/filter_cases.json; here is what does not fit there.
TEST(LogFilterTest, IsBoundedInEveryWay) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {Repeat("(", 200), "more than 32 parentheses"},
      {"severity=" + Repeat("(", 200), "more than 32 parentheses"},
      {Repeat("x", 20'001), "at most 20000"},
      {Repeat("textPayload=~\"a\" ", 65), "more than 64 regular expressions"},
      {"textPayload=~\"" + Repeat("(a{1,1000}){1,1000}", 1) + "\"", "regular expression"},
  };
  for (const auto& [text, message] : table) {
    EXPECT_THAT(LogFilter::Parse(text).status().message(), HasSubstr(message)) << text;
  }
  EXPECT_TRUE(LogFilter::Parse(Repeat("(", 32) + "a" + Repeat(")", 32)).ok());
  EXPECT_TRUE(LogFilter::Parse(Repeat("NOT ", 4'000) + "a").ok());
  EXPECT_TRUE(LogFilter::Parse(Repeat("a OR ", 3'999) + "a").ok());
}

// A regular expression that takes a backtracking machine for ever.
TEST(LogFilterTest, RegularExpressionsTakeTimeByTheText) {
  logs::LogEntry entry;
  entry.task_name = "master-replica-0";
  entry.message = Repeat("a", 200'000);
  const auto filter = LogFilter::Parse("jsonPayload.message=~\"^(a+)+$b\"");
  ASSERT_TRUE(filter.ok());
  EXPECT_FALSE(filter->Matches("p", "j", entry));
}

TEST(LogFilterTest, SamplesAboutThatMany) {
  const auto filter = LogFilter::Parse("sample(insertId, 0.25)");
  ASSERT_TRUE(filter.ok());
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) {
    logs::LogEntry entry;
    entry.insert_id = std::to_string(i);
    if (filter->Matches("p", "j", entry)) ++passed;
  }
  EXPECT_NEAR(passed, 2'500, 200);
}

}  // namespace
}  // namespace mlengine::logging_api
