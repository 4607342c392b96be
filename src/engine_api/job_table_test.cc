#include "engine_api/job_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "base/testing/fake_clock.h"
#include "engine_api/job_price.h"
#include "engine_api/job_table_handler.h"
#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Query = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kDay = 1'514'764'800;  // 2018-01-01, in seconds

store::JobRecord Record(const std::string& id, Job::State state, std::int64_t create) {
  store::JobRecord record;
  record.set_project("p");
  Job& job = *record.mutable_job();
  job.set_job_id(id);
  job.set_state(state);
  job.mutable_create_time()->set_seconds(create);
  job.mutable_training_input()->set_region("us-central1");
  job.mutable_training_input()->set_python_module("trainer.task");
  job.mutable_training_input()->set_scale_tier(ml::v1::TrainingInput::BASIC);
  return record;
}

// One replica of the master from `start` on; until `end`, if that is not 0.
void Ran(store::JobRecord& record, std::int64_t start, std::int64_t end) {
  record.mutable_job()->mutable_start_time()->set_seconds(start);
  auto& attempt = *record.add_attempts();
  auto& replica = *attempt.add_replicas();
  replica.set_role("master");
  replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(start);
  if (end == 0) return;
  replica.mutable_status()->mutable_exit()->mutable_end_time()->set_seconds(end);
  attempt.mutable_end_time()->set_seconds(end);
  record.mutable_job()->mutable_end_time()->set_seconds(end);
}

class JobTableTest : public testing::Test {
 protected:
  JobTableTest() {
    clock_.Set(FromUnixNanos((kDay + 7200) * 1'000'000'000));
    store::JobRecord done = Record("done", Job::SUCCEEDED, kDay + 10);
    Ran(done, kDay + 3600, kDay + 5400);
    store::JobRecord failed = Record("failed", Job::FAILED, kDay + 20);
    failed.mutable_job()->set_error_message("The replica master 0 broke: No module.\nSee it.");
    failed.mutable_job()->mutable_training_input()->add_args("--epochs=3");
    (*failed.mutable_job()->mutable_labels())["owner"] = "me";
    store::JobRecord running = Record("running", Job::RUNNING, kDay + 30);
    running.mutable_job()->mutable_training_input()->set_scale_tier(
        ml::v1::TrainingInput::STANDARD_1);
    Ran(running, kDay + 3600, 0);
    for (const auto& record : {done, failed, running}) EXPECT_TRUE(store_->Create(record).ok());
    table_ = std::make_unique<JobTable>(*store_, prices_);
    RegisterJobTable(router_, {.table = table_.get(),
                               .store = store_.get(),
                               .prices = &prices_,
                               .clock = &clock_,
                               .progress = [](const store::JobRecord&) {
                                 return insight::JobProgress{
                                     .done = 45, .total = 100, .source = "log", .unknown = ""};
                               }});
    table_->Start();
    while (!table_->Loaded()) std::this_thread::yield();
  }
  void Add(const std::string& id, const std::string& project = "p") {
    store::JobRecord record = Record(id, Job::QUEUED, kDay + 40);
    record.set_project(project);
    ASSERT_TRUE(store_->Create(record).ok());
  }
  void SetState(const std::string& id, Job::State state) {
    ASSERT_TRUE(store_
                    ->Update({"p", id},
                             [state](store::JobRecord& record) {
                               record.mutable_job()->set_state(state);
                               return OkStatus();
                             })
                    .ok());
  }
  net::Response Call(const std::string& path, Query query = {}) {
    net::Request request;
    request.query = std::move(query);
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/projects" + path);
    request.path_values = match.path_values;
    return match.route->handler(request);
  }
  json::value Ask(Query query = {}) {
    const net::Response response = Call("/p/jobs:table", std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.stream, nullptr);
    return json::parse(response.body);
  }
  static std::vector<std::string> Ids(const json::value& answer) {
    std::vector<std::string> ids;
    for (const json::value& job : answer.at("jobs").as_array())
      ids.emplace_back(job.at("jobId").as_string());
    return ids;
  }

  FakeClock clock_;
  policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  std::unique_ptr<store::JobStore> store_ = store::NewMemoryJobStore();
  std::unique_ptr<JobTable> table_;
  net::Router router_;
};

TEST_F(JobTableTest, TellsWhatATableShows) {
  const json::value answer = Ask();
  EXPECT_THAT(Ids(answer), ElementsAre("running", "failed", "done"));
  EXPECT_EQ(answer.at("total").to_number<int>(), 3);
  EXPECT_EQ(answer.at("counts"),
            json::parse(R"({"running":1,"waiting":0,"succeeded":1,"failed":1,"stopped":0})"));
  const json::object& running = answer.at("jobs").at(0).as_object();
  EXPECT_EQ(running.at("group").as_string(), "running");
  EXPECT_EQ(running.at("type").as_string(), "training");
  EXPECT_EQ(running.at("createTime").as_string(), "2018-01-01T00:00:30Z");
  EXPECT_FALSE(running.contains("endTime"));
  EXPECT_EQ(running.at("scaleTier").as_string(), "STANDARD_1");
  EXPECT_EQ(running.at("replicas").to_number<int>(), 8);
  EXPECT_EQ(running.at("progress").at("percent").to_number<double>(), 45);
  EXPECT_EQ(running.at("progress").at("short").as_string(), "45%");
  const json::object& failed = answer.at("jobs").at(1).as_object();
  EXPECT_EQ(failed.at("error").as_string(), "The replica master 0 broke: No module.");
  EXPECT_EQ(failed.at("labels"), json::parse(R"({"owner":"me"})"));
  EXPECT_FALSE(failed.contains("progress"));
}

TEST_F(JobTableTest, UnitsAndMoneyAreThoseOfTheJob) {
  for (const int later : {0, 3600}) {
    clock_.Advance(std::chrono::seconds(later));
    const json::value answer = Ask();
    for (const json::value& job : answer.at("jobs").as_array()) {
      const auto stored = store_->Get({"p", std::string(job.at("jobId").as_string())});
      const JobPrice price = PriceOf(prices_, stored->record, clock_.Now());
      EXPECT_EQ(job.at("units").to_number<double>(), price.used.units) << job;
      EXPECT_EQ(job.at("money").to_number<double>(), price.used.money) << job;
      EXPECT_EQ(job.at("perHour").to_number<double>(), price.rate.price_per_hour) << job;
      EXPECT_EQ(job.at("currency").as_string(), price.currency);
    }
    EXPECT_GT(answer.at("jobs").at(0).at("money").to_number<double>(), 0);
  }
}

TEST_F(JobTableTest, FiltersLikeTheApi) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
      {"state:FAILED", {"failed"}},
      {"jobId:*n*", {"running", "done"}},
      {"labels.owner:me", {"failed"}},
      {"createTime>2018-01-01T00:00:15Z endTime<2030-01-01", {}},
      {"endTime<2030-01-01", {"done"}},
      {"startTime!=2018-01-01T01:00:00Z", {"failed"}},
      {"trainingInput.scaleTier=STANDARD_1", {"running"}},
      {"trainingInput.region:us-* AND state!=FAILED", {"running", "done"}},
      // What rows do not have.
      {"trainingInput.args:*epochs*", {"failed"}},
      {"errorMessage:*See*", {"failed"}},
      {"errorMessage=\"\" state:RUNNING", {"running"}},
  };
  for (const auto& [filter, wanted] : table) EXPECT_EQ(Ids(Ask({{"filter", filter}})), wanted);
}

TEST_F(JobTableTest, AFilterThatNeedsTheStoreSeesLaterChanges) {
  const Query query = {{"filter", "errorMessage:*See*"}};
  EXPECT_THAT(Ids(Ask(query)), ElementsAre("failed"));
  ASSERT_TRUE(store_
                  ->Update({"p", "done"},
                           [](store::JobRecord& record) {
                             record.mutable_job()->set_error_message("first\nSee this");
                             return OkStatus();
                           })
                  .ok());
  EXPECT_THAT(Ids(Ask(query)), ElementsAre("failed", "done"));
  Add("later");
  EXPECT_THAT(Ids(Ask(query)), ElementsAre("failed", "done"));
}

TEST_F(JobTableTest, SearchesWordsWithoutCase) {
  EXPECT_THAT(Ids(Ask({{"search", "RUNN standard_1"}})), ElementsAre("running"));
  EXPECT_THAT(Ids(Ask({{"search", " no MODULE."}})), ElementsAre("failed"));
  EXPECT_THAT(Ids(Ask({{"search", "owner=me"}})), ElementsAre("failed"));
  EXPECT_THAT(Ids(Ask({{"search", "trainer"}})), ElementsAre("running", "failed", "done"));
  EXPECT_THAT(Ids(Ask({{"search", "trainer nothing"}})), IsEmpty());
}

TEST_F(JobTableTest, GroupsAreNotInTheCounts) {
  const json::value answer = Ask({{"group", "failed"}, {"group", "succeeded"}});
  EXPECT_THAT(Ids(answer), ElementsAre("failed", "done"));
  EXPECT_EQ(answer.at("total").to_number<int>(), 2);
  EXPECT_EQ(answer.at("counts").at("running").to_number<int>(), 1);
}

TEST_F(JobTableTest, EachOrderBothWays) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
      {"jobId", {"done", "failed", "running"}},
      {"createTime", {"done", "failed", "running"}},
      {"endTime", {"done", "failed", "running"}},  // those without one in order of creation
      {"endTime desc", {"done", "running", "failed"}},
      {"elapsed", {"done", "running", "failed"}},
      {"state", {"running", "done", "failed"}},
      {"scaleTier desc", {"running", "failed", "done"}},
      {"region", {"done", "failed", "running"}},
      {"region desc", {"running", "failed", "done"}},
      {"units", {"failed", "done", "running"}},
      {"money desc", {"running", "done", "failed"}},
  };
  for (const auto& [order, wanted] : table)
    EXPECT_EQ(Ids(Ask({{"orderBy", order}})), wanted) << order;
}

TEST_F(JobTableTest, GivesAWindow) {
  for (int i = 100; i < 400; ++i) Add("job_" + std::to_string(i));
  const json::value answer =
      Ask({{"orderBy", "jobId"}, {"search", "job_"}, {"offset", "120"}, {"limit", "3"}});
  EXPECT_THAT(Ids(answer), ElementsAre("job_220", "job_221", "job_222"));
  EXPECT_EQ(answer.at("total").to_number<int>(), 300);
  EXPECT_THAT(Ids(Ask({{"offset", "302"}, {"limit", "500"}})), ElementsAre("done"));
  EXPECT_THAT(Ids(Ask({{"offset", "303"}})), IsEmpty());
}

TEST_F(JobTableTest, SaysWhatIsWrongWithAQuestion) {
  for (const Query& query : std::vector<Query>{{{"filter", "state"}},
                                               {{"filter", std::string(5000, 'x')}},
                                               {{"group", "dead"}},
                                               {{"orderBy", "name"}},
                                               {{"orderBy", "jobId up"}},
                                               {{"offset", "-1"}},
                                               {{"limit", "0"}},
                                               {{"limit", "501"}},
                                               {{"wait", "61"}},
                                               {{"search", std::string(2000, 'x')}}}) {
    const net::Response response = Call("/p/jobs:table", query);
    EXPECT_EQ(response.status, 400) << query[0].first;
    EXPECT_THAT(response.body, HasSubstr(query[0].first));
  }
}

TEST_F(JobTableTest, SeesEveryChangeThatWasCommitted) {
  for (int i = 0; i < 50; ++i) {
    Add("new_" + std::to_string(i));
    EXPECT_EQ(Ask().at("total").to_number<int>(), 4 + i);
  }
  SetState("running", Job::SUCCEEDED);
  EXPECT_EQ(Ask().at("counts").at("succeeded").to_number<int>(), 2);
}

TEST_F(JobTableTest, WaitsForAnotherRevisionOfTheProject) {
  const std::string revision(Ask().at("revision").as_string());
  net::Response response = Call("/p/jobs:table", {{"wait", "60"}, {"revision", revision}});
  ASSERT_NE(response.stream, nullptr);
  std::atomic<int> woken = 0;
  response.stream->SetWaker([&woken] { ++woken; });
  std::string out;
  EXPECT_EQ(response.stream->Next(out), net::BodyStream::Pull::kWait);
  EXPECT_GT(response.stream->WaitLimit()->count(), 50'000);
  Add("other", "q");
  Call("/q/jobs:table");
  EXPECT_EQ(response.stream->Next(out), net::BodyStream::Pull::kWait);
  Add("new");
  while (woken == 0) std::this_thread::yield();
  ASSERT_EQ(response.stream->Next(out), net::BodyStream::Pull::kData);
  const json::value answer = json::parse(out);
  EXPECT_THAT(Ids(answer), ElementsAre("new", "running", "failed", "done"));
  EXPECT_NE(answer.at("revision").as_string(), revision);
  EXPECT_EQ(response.stream->Next(out), net::BodyStream::Pull::kEnd);
  // One that is old already is answered at once.
  EXPECT_EQ(Call("/p/jobs:table", {{"wait", "60"}, {"revision", revision}}).stream, nullptr);
}

TEST_F(JobTableTest, ProjectsWithTheirCounts) {
  Add("a", "q");
  SetState("running", Job::CANCELLED);
  EXPECT_EQ(json::parse(Call("").body), json::parse(R"({"projects":[
      {"project":"default","jobs":0,"unfinished":0},{"project":"p","jobs":3,"unfinished":0},
      {"project":"q","jobs":1,"unfinished":1}]})"));
}

}  // namespace
}  // namespace mlengine::engine_api
