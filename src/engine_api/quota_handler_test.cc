#include "engine_api/quota_handler.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "engine_api/explanation_handler.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;
using ml::v1::TrainingInput;
using testing::HasSubstr;

class QuotaHandlerTest : public testing::Test {
 protected:
  QuotaHandlerTest()
      : file_(*quotas::QuotaFile::Open(folder_ / "quotas.json", RealFileSystem())),
        allowance_(*file_, *store_, prices_, 1) {
    RegisterQuotas(router_, *store_, allowance_, clock_);
    RegisterExplanations(router_, {store_.get(), &clock_, &allowance_, {100}});
  }

  json::value Call(const std::string& method, const std::string& path, std::string body = "",
                   std::vector<std::pair<std::string, std::string>> query = {}) {
    net::Request request;
    request.method = method;
    request.raw_path = path;
    request.body = std::move(body);
    request.query = std::move(query);
    const net::Router::Match match = router_.Find(method, path);
    if (match.route == nullptr) return nullptr;
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body);
  }
  std::string Error(const std::string& method, const std::string& path, const std::string& body) {
    const json::value answer = Call(method, path, body);
    EXPECT_NE(status_, 200);
    return std::string(answer.at("error").at("message").as_string());
  }
  json::value Quota(const std::string& name, const std::string& region = "us-central1") {
    const json::value answer =
        Call("GET", "/mlengine/v1/projects/p/quotas", "", {{"region", region}});
    for (const json::value& one : answer.at("quotas").as_array()) {
      if (one.at("quota").as_string() == name) return one;
    }
    return nullptr;
  }
  // A job of 20 vCPUs and more that holds room since `start`, in seconds of 1970; 0: it waits.
  void Create(const std::string& id, std::int64_t start, TrainingInput::ScaleTier tier) {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(start > 0 ? Job::RUNNING : Job::QUEUED);
    record.mutable_job()->mutable_training_input()->set_region("us-central1");
    record.mutable_job()->mutable_training_input()->set_scale_tier(tier);
    if (start > 0) {
      auto& replica = *record.add_attempts()->add_replicas();
      replica.set_role("master");
      replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(start);
    }
    ASSERT_TRUE(store_->Create(record).ok());
  }
  std::string Why(const std::string& id) {
    return json::serialize(
        Call("GET", "/mlengine/v1/projects/p/jobs/" + id + "/explanation").at("sentences"));
  }

  TempDir folder_;
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  const policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  FakeClock clock_;  // 2018-01-02T03:04:05Z
  std::unique_ptr<quotas::QuotaFile> file_;
  quotas::Allowance allowance_;
  net::Router router_;
  int status_ = 0;
};

TEST_F(QuotaHandlerTest, ListsLimitsAndWhatIsUsedOfThem) {
  Create("runs", 1'514'862'000, TrainingInput::STANDARD_1);
  Create("waits", 0, TrainingInput::STANDARD_1);
  EXPECT_EQ(Quota("vcpus"), json::parse(R"({"quota":"vcpus","region":"us-central1","limit":"450",
      "source":"default","used":"52"})"));
  EXPECT_EQ(Quota("jobs").at("used"), "1");
  EXPECT_EQ(Quota("k80").at("limit"), "1");
  EXPECT_EQ(Quota("k80").at("source"), "pool");
  EXPECT_EQ(Quota("vcpus", "europe-west1").at("used"), "0");
  EXPECT_EQ(
      Quota("creates-per-minute"),
      json::parse(
          R"({"quota":"creates-per-minute","region":"","limit":"unlimited","source":"default"})"));
  EXPECT_EQ(Quota("log-days"),
            json::parse(R"({"quota":"log-days","region":"","limit":"7","source":"default"})"));
  EXPECT_EQ(Quota("python-models"),
            json::parse(R"({"quota":"python-models","region":"","limit":"0","source":"default"})"));
}

TEST_F(QuotaHandlerTest, SettingsAreTakenAndWhatIsWrongIsSaid) {
  Call("PUT", "/mlengine/v1/projects/p/quotas/vcpus", R"({"limit":100,"region":"us-central1"})");
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(Quota("vcpus").at("limit"), "100");
  Call("POST", "/mlengine/v1/projects/p/quotas:profile", R"({"profile":"original"})");
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(Quota("creates-per-minute").at("limit"), "60");
  EXPECT_EQ(Quota("vcpus").at("source"), "profile");
  const std::string vcpus = "/mlengine/v1/projects/p/quotas/vcpus";
  EXPECT_THAT(Error("PUT", vcpus, R"({"limits":"1"})"), HasSubstr("did you mean limit?"));
  EXPECT_THAT(Error("PUT", vcpus, R"({"limit":true})"), HasSubstr("limit must be a text"));
  EXPECT_THAT(Error("PUT", vcpus, "[]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(Error("PUT", vcpus, "{"), HasSubstr("Invalid JSON"));
  EXPECT_THAT(Error("PUT", vcpus, ""), HasSubstr("is no limit"));
  EXPECT_THAT(Error("PUT", "/mlengine/v1/projects/P!/quotas/vcpus", R"({"limit":"1"})"),
              HasSubstr("is no project id"));
  EXPECT_EQ(file_->Of("P!").quotas_size(), 0);
}

TEST_F(QuotaHandlerTest, AWaitingJobIsToldWhichQuotaItWaitsFor) {
  Create("large", 1'514'862'000, TrainingInput::PREMIUM_1);
  Create("next", 0, TrainingInput::STANDARD_1);
  EXPECT_EQ(
      Why("next"),
      R"(["It needs 52 vCPUs. Of the quota of project p in us-central1, 450 vCPUs, 42 can be had now; held by large (408)."])");
  Create("small", 0, TrainingInput::BASIC);
  EXPECT_EQ(
      Why("small"),
      R"(["It goes after next, which waits for the quota of project p in us-central1: there jobs keep their order."])");
  Call("PUT", "/mlengine/v1/projects/p/quotas/vcpus", R"({"limit":"unlimited"})");
  EXPECT_THAT(Why("next"), HasSubstr("slots"));
  EXPECT_THAT(Why("small"), HasSubstr("slots"));
}

TEST_F(QuotaHandlerTest, ASpentBudgetIsListedAndExplained) {
  // 31.0 h of BASIC by now, 27.07 h of them in January 2018: 8.60 and 7.51 USD.
  Create("runs", 1'514'862'245 - 111'600, TrainingInput::BASIC);
  Create("waits", 0, TrainingInput::BASIC);
  Call("PUT", "/mlengine/v1/projects/p/budgets/month", R"({"amount":"7.50","warnPercent":50})");
  ASSERT_EQ(status_, 200);
  EXPECT_EQ(Call("GET", "/mlengine/v1/projects/p/budgets").at("budgets"), json::parse(R"([
      {"budget":"job","amount":"unlimited"},
      {"budget":"project","amount":"unlimited"},
      {"budget":"month","amount":"7.50","currency":"USD","warnPercent":50,"source":"set",
       "month":"2018-01","spent":"7.51"}])"));
  EXPECT_THAT(Why("waits"),
              HasSubstr("The budget of project p in 2018-01 is spent: 7.51 of 7.50 USD. "
                        "It waits. New jobs are taken from 2018-02-01"));
  EXPECT_THAT(Error("PUT", "/mlengine/v1/projects/p/budgets/week", R"({"amount":"1"})"),
              HasSubstr("is no budget"));
}

TEST_F(QuotaHandlerTest, TheCostOfJobsInGroups) {
  Create("a", 1'514'862'245 - 36'000, TrainingInput::BASIC);
  Create("b", 0, TrainingInput::BASIC_GPU);
  EXPECT_EQ(Call("GET", "/mlengine/v1/projects/p/jobs:cost"), json::parse(R"({
      "rows":[{"jobs":1,"units":"5.66","money":"2.77","currency":"USD","text":"2.77 USD","group":"BASIC"},
              {"jobs":1,"units":"0.00","money":"0.00","currency":"USD","text":"0.00 USD","group":"BASIC_GPU"}],
      "totals":[{"jobs":2,"units":"5.66","money":"2.77","currency":"USD","text":"2.77 USD"}],"notes":[]})"));
  const json::value days = Call("GET", "/mlengine/v1/projects/p/jobs:cost", "",
                                {{"groupBy", "day"}, {"filter", "jobId:a"}});
  EXPECT_EQ(days.at("rows").as_array().size(), 2U);
  EXPECT_EQ(days.at("totals").at(0).at("jobs"), 1);
  Call("GET", "/mlengine/v1/projects/p/jobs:cost", "", {{"filter", "((("}});
  EXPECT_EQ(status_, 400);
}

}  // namespace
}  // namespace mlengine::engine_api
