#include "model/exit_reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/file_system.h"
#include "base/testing/source_tree.h"

namespace mlengine::model {
namespace {

TEST(ExitReasonTest, EveryCodeHasOneRowOfItsName) {
  std::set<int> seen;
  for (const ReasonRow& row : kReasons) {
    EXPECT_TRUE(seen.insert(row.code).second);
    EXPECT_EQ(ExitReason::Code_Name(row.code), std::string(row.name));
    EXPECT_EQ(&RowOf(row.code), &row);
  }
  for (int code = ExitReason::Code_MIN; code <= ExitReason::Code_MAX; ++code)
    EXPECT_TRUE(!ExitReason::Code_IsValid(code) || seen.contains(code)) << code;
}

TEST(ExitReasonTest, SentencesAreSentences) {
  for (const ReasonRow& row : kReasons) {
    if (row.sentence.empty()) continue;
    EXPECT_EQ(row.sentence.back(), '.') << row.name;
    EXPECT_TRUE(row.sentence.front() >= 'A' && row.sentence.front() <= 'Z') << row.name;
  }
}

TEST(ExitReasonTest, TheGuideHasThemAllInTheSameWords) {
  const std::string guide =
      RealFileSystem().Read(SourceTree() + "/docs/guides/exit-reasons.md").value_or("");
  for (const ReasonRow& row : kReasons) {
    EXPECT_NE(guide.find("| `" + std::string(row.name) + "` |"), std::string::npos) << row.name;
    EXPECT_NE(guide.find(row.sentence), std::string::npos) << row.sentence;
  }
}

TEST(ExitReasonTest, OnlyWhatComesFromOutsideIsTriedAgain) {
  std::set<std::string> again;
  for (const ReasonRow& row : kReasons) {
    if (row.remedy == Remedy::kRestart || row.remedy == Remedy::kRetry) again.emplace(row.name);
  }
  EXPECT_EQ(again, (std::set<std::string>{"KILLED", "RUNNER_LOST", "MACHINE_REBOOTED", "DRILLED",
                                          "PREEMPTED"}));
}

}  // namespace
}  // namespace mlengine::model
