// The whole language, by a table that tests/log_filter_reference.py reads too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logging_api/log_filter.h"
#include "logging_api/testing/filter_cases.h"

namespace mlengine::logging_api {
namespace {

using ::testing::HasSubstr;

TEST(FilterCasesTest, EveryFilterPassesWhatTheTableSays) {
  const FilterCases table = ReadFilterCases();
  EXPECT_GE(table.cases.size(), 250U);
  for (const FilterCase& one : table.cases) {
    const auto filter = LogFilter::Parse(one.filter);
    if (!one.error.empty()) {
      EXPECT_EQ(filter.status().code(), StatusCode::kInvalidArgument) << one.filter;
      EXPECT_THAT(filter.status().message(), HasSubstr(one.error)) << one.filter;
      continue;
    }
    EXPECT_TRUE(filter.ok()) << one.filter << ": " << filter.status().ToString();
    if (!filter.ok()) continue;
    std::set<std::string> passed;
    for (const auto& [name, entry] : table.entries) {
      if (filter->Matches("p", entry.job_id, entry.entry)) passed.insert(name);
    }
    EXPECT_EQ(passed, one.passes) << one.filter;
  }
}

}  // namespace
}  // namespace mlengine::logging_api
