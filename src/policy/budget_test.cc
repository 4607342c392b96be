#include "policy/budget.h"

#include <gmock/gmock.h>

#include "policy/job_validation.h"
#include "policy/quota_settings.h"

namespace mlengine::policy {
namespace {

using engine::v1::ProjectQuotas;
using testing::HasSubstr;

const Time kJanuary = *ParseTime("2018-01-01T00:00:00Z");

TEST(BudgetTest, AmountsOfMoney) {
  const struct {
    std::string text;
    char point;
    std::int64_t hundredths;  // -1: refused
  } cases[] = {
      {"5", '.', 500},
      {"2.5", '.', 250},
      {"2.50", '.', 250},
      {"0.05", '.', 5},
      {"2_50", '_', 250},
      {"0", '.', 0},
      {"", '.', -1},
      {".5", '.', -1},
      {"5.", '.', -1},
      {"2.505", '.', -1},
      {"-5", '.', -1},
      {"5 USD", '.', -1},
      {"2_50", '.', -1},
      {"2.50", '_', -1},
      {"1e3", '.', -1},
      {"1.2.3", '.', -1},
      {"999999999999", '.', 99'999'999'999'900},
      {"9999999999999", '.', -1},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ParseMoney(c.text, c.point).value_or(-1), c.hundredths) << c.text;
}

TEST(BudgetTest, ALabelGivesAJobItsOwnBudget) {
  ProjectQuotas settings;
  ml::v1::Job job;
  EXPECT_FALSE(BudgetOfJob(settings, job, "EUR"));
  ASSERT_TRUE(SetBudget(settings, "job", "10", "50", "USD").ok());
  EXPECT_EQ(BudgetOfJob(settings, job, "EUR")->hundredths, 1000);
  EXPECT_EQ(BudgetOfJob(settings, job, "EUR")->currency, "USD");
  (*job.mutable_labels())[std::string(kBudgetLabel)] = "2_50";
  const Budget own = *BudgetOfJob(settings, job, "EUR");
  EXPECT_EQ(own.hundredths, 250);
  EXPECT_EQ(own.currency, "EUR");
  EXPECT_EQ(own.warn_percent, 50);
  EXPECT_EQ(own.source, "label");
}

TEST(BudgetTest, ALabelThatIsNoAmountIsRefused) {
  for (const char* value : {"cheap", "0", "", "5_", "2_505"}) {
    google::protobuf::Map<std::string, std::string> labels;
    labels[std::string(kBudgetLabel)] = value;
    const Status status = ValidateLabels(labels);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << value;
    EXPECT_THAT(status.message(), HasSubstr("The label mlengine-budget is the job's budget: "));
  }
  google::protobuf::Map<std::string, std::string> labels;
  labels[std::string(kBudgetLabel)] = "2_5";
  EXPECT_TRUE(ValidateLabels(labels).ok());
}

TEST(BudgetTest, TheFreeProfileIsACreditThatASettingReplaces) {
  ProjectQuotas settings;
  EXPECT_FALSE(BudgetOf(settings, "project"));
  ASSERT_TRUE(SetQuotaProfile(settings, "free").ok());
  EXPECT_EQ(BudgetOf(settings, "project")->hundredths, 30000);
  EXPECT_EQ(BudgetOf(settings, "project")->source, "profile");
  EXPECT_FALSE(BudgetOf(settings, "month"));
  ASSERT_TRUE(SetBudget(settings, "project", "unlimited", "", "USD").ok());
  EXPECT_FALSE(BudgetOf(settings, "project"));
  ASSERT_TRUE(SetBudget(settings, "project", "20", "", "USD").ok());
  EXPECT_EQ(BudgetOf(settings, "project")->hundredths, 2000);
  EXPECT_EQ(settings.budgets_size(), 1);
  ASSERT_TRUE(SetBudget(settings, "project", "default", "", "USD").ok());
  EXPECT_EQ(BudgetOf(settings, "project")->hundredths, 30000);
}

TEST(BudgetTest, SettingSaysWhatIsWrongAndChangesNothing) {
  const struct {
    std::string name, amount, warn, says;
  } cases[] = {
      {"months", "5", "", "\"months\" is no budget; did you mean month?"},
      {"month", "much", "",
       "\"much\" is no amount of money, such as 5 or 2.50, nor unlimited or default"},
      {"month", "5", "0", "\"0\" is no share to warn at"},
      {"month", "5", "80%", "is no share to warn at: a whole number of percent, 1 to 100"},
      {"job", "0", "", "must be above 0"},
  };
  for (const auto& c : cases) {
    ProjectQuotas settings;
    const Status status = SetBudget(settings, c.name, c.amount, c.warn, "USD");
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(c.says));
    EXPECT_EQ(settings.ByteSizeLong(), 0U);
  }
}

BudgetState State(const std::string& name, std::int64_t hundredths, std::int64_t spent) {
  return {{name, hundredths, "USD", 80, "set"}, "p", kJanuary, spent};
}

TEST(BudgetTest, NearAndSpentAreAtTheirMark) {
  const struct {
    std::int64_t spent;
    bool near, is_spent;
  } cases[] = {{399, false, false}, {400, true, false}, {499, true, false}, {500, true, true}};
  for (const auto& c : cases) {
    EXPECT_EQ(State("job", 500, c.spent).IsNear(), c.near) << c.spent;
    EXPECT_EQ(State("job", 500, c.spent).IsSpent(), c.is_spent) << c.spent;
  }
  BudgetState unknown = State("job", 500, 0);
  unknown.unknown = "It has no price.";
  unknown.spent = 1000;
  EXPECT_FALSE(unknown.IsNear() || unknown.IsSpent());
}

TEST(BudgetTest, WhyAJobWaitsForPrograms) {
  const Reason project = WhySpentWaits(State("project", 30000, 30000));
  EXPECT_EQ(project.sentence,
            "The budget of project p is spent: 300.00 of 300.00 USD. It waits. New jobs are taken "
            "once it is raised: mlengine budgets set project AMOUNT --project=p.");
  EXPECT_EQ(project.code, "PROJECT_BUDGET_SPENT");
  const Reason month = WhySpentWaits(State("month", 500, 502));
  EXPECT_EQ(month.code, "MONTH_BUDGET_SPENT");
  const std::vector<std::pair<std::string, std::string>> values = {
      {"project", "p"},    {"spent", "5.02"},    {"limit", "5.00"},
      {"currency", "USD"}, {"month", "2018-01"}, {"time", "2018-02-01T00:00:00Z"}};
  EXPECT_EQ(month.values, values);
}

TEST(BudgetTest, TheSentences) {
  EXPECT_EQ(SpentText(State("job", 500, 502)), "The budget of the job is spent: 5.02 of 5.00 USD.");
  EXPECT_EQ(SpentText(State("project", 30000, 30000)),
            "The budget of project p is spent: 300.00 of 300.00 USD.");
  EXPECT_EQ(SpentText(State("month", 500, 502)),
            "The budget of project p in 2018-01 is spent: 5.02 of 5.00 USD.");
  EXPECT_EQ(
      SpentAdvice(State("month", 500, 502)),
      " New jobs are taken from 2018-02-01T00:00:00Z on, or once it is raised: mlengine budgets "
      "set month AMOUNT --project=p");
  EXPECT_EQ(
      WarningText(State("job", 500, 402)),
      "The budget of the job is 5.00 USD; 4.02 USD of it are spent, more than the 80 % at which "
      "jobs are warned. When it is spent, the replicas get SIGTERM, to save a checkpoint, and "
      "are stopped.");
  EXPECT_EQ(BudgetText(State("job", 500, 125)), "1.25 of 5.00 USD (this job)");
  EXPECT_EQ(BudgetText(State("project", 500, 0)), "0.00 of 5.00 USD (project p)");
  EXPECT_EQ(BudgetText(State("month", 500, 125)), "1.25 of 5.00 USD (project p in 2018-01)");
  BudgetState unknown = State("job", 500, 0);
  unknown.unknown = "It has no price.";
  EXPECT_EQ(BudgetText(unknown), "5.00 USD (this job), not counted: It has no price.");
  EXPECT_EQ(WarningKey(State("month", 500, 402)), "month 2018-01 500");
  EXPECT_EQ(WarningKey(State("job", 500, 402)), "job 500");
}

}  // namespace
}  // namespace mlengine::policy
