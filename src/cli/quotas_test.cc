#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;

class QuotasTest : public testing::Test {
 protected:
  void Answer(std::string body, int status = 200) {
    run_.server.answer = [body, status](const net::ClientRequest&) {
      return JsonAnswer(body, status);
    };
  }
  const net::ClientRequest& Call(std::size_t i = 0) { return run_.server.calls.at(i); }

  FakeRun run_;
};

TEST_F(QuotasTest, ListIsATableOfTheRegion) {
  Answer(R"({"profile":"free","description":"A trial.","quotas":[
      {"quota":"vcpus","region":"r","limit":"450","used":"52","source":"default"},
      {"quota":"creates-per-minute","region":"","limit":"60","source":"profile"}]})");
  run_.environment["CLOUDSDK_COMPUTE_REGION"] = "r";
  EXPECT_EQ(run_.Run({"quotas", "list"}), 0);
  EXPECT_EQ(Call().target, "/mlengine/v1/projects/p/quotas?region=r");
  EXPECT_EQ(run_.out.str(),
            "QUOTA               REGION  USED  LIMIT  FROM\n"
            "vcpus               r       52    450    default\n"
            "creates-per-minute                60     profile\n");
  EXPECT_EQ(run_.err.str(), "Profile [free]: A trial.\n");
}

TEST_F(QuotasTest, SetSendsWhatWasTyped) {
  Answer("{}");
  EXPECT_EQ(run_.Run({"quotas", "set", "vcpus", "100", "--region", "r"}), 0);
  EXPECT_EQ(Call().method, "PUT");
  EXPECT_EQ(Call().target, "/mlengine/v1/projects/p/quotas/vcpus");
  EXPECT_EQ(boost::json::parse(Call().body), boost::json::parse(R"({"limit":"100","region":"r"})"));
  EXPECT_EQ(run_.err.str(), "Quota [vcpus] of project [p] is 100 in region [r].\n");
}

TEST_F(QuotasTest, AQuotaFailureIsPrintedAsGcloudPrintsIt) {
  Answer(
      R"({"error":{"code":429,"message":"Quota failure for project p. No.","status":"RESOURCE_EXHAUSTED","details":[
      {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":"p","description":"No."}]}]}})",
      429);
  EXPECT_EQ(run_.Run({"quotas", "profile", "free"}), 1);
  EXPECT_EQ(Call().target, "/mlengine/v1/projects/p/quotas:profile");
  EXPECT_EQ(
      run_.err.str(),
      "ERROR: (mlengine.quotas.profile) RESOURCE_EXHAUSTED: Quota failure for project p. No.\n"
      "- '@type': type.googleapis.com/google.rpc.QuotaFailure\n"
      "  violations:\n"
      "  - description: No.\n"
      "    subject: p\n");
}

TEST_F(QuotasTest, BudgetsAreListedAndSet) {
  Answer(R"({"budgets":[{"budget":"job","amount":"unlimited"},
      {"budget":"month","month":"2018-01","amount":"5.00","currency":"USD","spent":"1.25","warnPercent":80,"source":"set"}]})");
  EXPECT_EQ(run_.Run({"budgets", "list"}), 0);
  EXPECT_EQ(run_.out.str(),
            "BUDGET  MONTH    AMOUNT     SPENT  CURRENCY  WARN_AT_PERCENT  FROM\n"
            "job              unlimited\n"
            "month   2018-01  5.00       1.25   USD       80               set\n");
  EXPECT_EQ(run_.Run({"budgets", "set", "month", "5", "--warn-at", "50"}), 0);
  EXPECT_EQ(Call(1).target, "/mlengine/v1/projects/p/budgets/month");
  EXPECT_EQ(boost::json::parse(Call(1).body),
            boost::json::parse(R"({"amount":"5","warnPercent":"50"})"));
}

TEST_F(QuotasTest, CostEndsWithItsTotalsAndNotes) {
  Answer(
      R"({"rows":[{"group":"2018-01-02","jobs":2,"units":"1.50","money":"0.73","currency":"USD","text":"0.73 USD"}],
      "totals":[{"jobs":2,"units":"1.50","money":"0.73","currency":"USD","text":"0.73 USD"}],
      "notes":["1 job not counted: No price."]})");
  EXPECT_EQ(run_.Run({"jobs", "cost", "--group-by", "day", "--filter", "state:FAILED"}), 0);
  EXPECT_EQ(Call().target, "/mlengine/v1/projects/p/jobs:cost?groupBy=day&filter=state%3AFAILED");
  EXPECT_EQ(run_.out.str(),
            "DAY         JOBS  UNITS  COST\n"
            "2018-01-02  2     1.50   0.73 USD\n"
            "TOTAL       2     1.50   0.73 USD\n");
  EXPECT_EQ(run_.err.str(), "1 job not counted: No price.\n");
}

TEST_F(QuotasTest, ABudgetOfAJobIsALabelOfIt) {
  Answer(R"({"jobId":"j"})");
  EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j", "--module-name=m",
                      "--packages=gs://b/p.tgz", "--labels=owner=me", "--budget=2.50", "--quiet"}),
            0);
  EXPECT_THAT(Call().body, HasSubstr(R"("labels":{"owner":"me","mlengine-budget":"2_50"})"));
}

}  // namespace
}  // namespace mlengine::cli
