#include "ml_api/jobs_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "ml_api/method.h"
#include "ml_api/pretty_json.h"
#include "policy/price_book.h"
#include "store/memory_job_store.h"

namespace mlengine::ml_api {
namespace {

namespace json = boost::json;
using ml::v1::Job;
using ::testing::HasSubstr;

const std::string kBody = R"({"jobId":"j","trainingInput":{"packageUris":["gs://bkt/p.tar.gz"],)"
                          R"("pythonModule":"trainer.task","region":"us-central1"}})";

std::string Text(const json::value& value) {
  return std::string(value.as_string());
}

// Puts the caller's change between a read and the write that relies on it.
class InterruptedStore final : public store::JobStore {
 public:
  std::unique_ptr<JobStore> inner = store::NewMemoryJobStore();
  std::function<void()> before_update;

  Result<store::StoredJob> Create(store::JobRecord record) override {
    return inner->Create(std::move(record));
  }
  Result<store::StoredJob> Get(const store::JobKey& key) override { return inner->Get(key); }
  Result<store::ListJobsPage> List(const store::ListJobsQuery& query) override {
    return inner->List(query);
  }
  Result<store::StoredJob> Update(const store::JobKey& key,
                                  const std::function<Status(store::JobRecord&)>& change) override {
    if (before_update) std::exchange(before_update, nullptr)();
    return inner->Update(key, change);
  }
  Result<std::vector<store::StoredJob>> ListUnfinished() override {
    return inner->ListUnfinished();
  }
  Result<std::vector<store::StoredJob>> ListAfter(std::int64_t sequence, int limit) override {
    return inner->ListAfter(sequence, limit);
  }
  Result<std::vector<std::pair<int, std::int64_t>>> CountByState() override {
    return inner->CountByState();
  }
  std::int64_t Subscribe(std::function<void(const store::JobKey&)> listener) override {
    return inner->Subscribe(std::move(listener));
  }
  void Unsubscribe(std::int64_t id) override { inner->Unsubscribe(id); }
};

class JobsHandlerTest : public ::testing::Test {
 protected:
  JobsHandlerTest() {
    RegisterJobs(router_, {&store_, &clock_, [](const std::string&) { return std::nullopt; },
                           [this] { return accept_; },
                           [this](const std::string& uri) {
                             return uri == missing_ ? NotFoundError("no such object") : OkStatus();
                           },
                           &prices_,
                           [this](const std::string& project, const Job& job, Time now) {
                             EXPECT_EQ(project, "p");
                             EXPECT_EQ(job.training_input().region(), "us-central1");
                             EXPECT_EQ(now, clock_.Now());
                             ++quota_checks_;
                             return quota_;
                           }});
  }

  json::object Call(const std::string& method, const std::string& raw_path, std::string body,
                    std::vector<std::pair<std::string, std::string>> query = {}) {
    net::Request request;
    request.method = method;
    request.raw_path = raw_path;
    request.body = std::move(body);
    request.query = std::move(query);
    request.headers = headers_;
    const net::Router::Match match = router_.Find(method, raw_path);
    request.path_values = match.path_values;
    net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body).as_object();
  }
  std::string ErrorOf(const json::object& body) {
    return std::string(body.at("error").at("message").as_string());
  }
  void SetState(Job::State state) {
    ASSERT_TRUE(store_
                    .Update({"p", "j"},
                            [state](store::JobRecord& record) {
                              record.mutable_job()->set_state(state);
                              return OkStatus();
                            })
                    .ok());
  }

  InterruptedStore store_;
  FakeClock clock_;
  policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  net::Router router_;
  net::Headers headers_;
  Status accept_;
  Status quota_;
  int quota_checks_ = 0;
  std::string missing_;
  int status_ = 0;
};

TEST_F(JobsHandlerTest, CreateStoresWhatTheEngineNeeds) {
  clock_.Advance(std::chrono::milliseconds(1500));
  headers_.Add("user-agent",
               "gcloud/183.0.0 command/gcloud.ml-engine.jobs.submit.training "
               "invocation-id/0af3 environment/None");
  Call("POST", "/v1/projects/p/jobs", kBody);
  ASSERT_EQ(status_, 200);
  const store::StoredJob stored = *store_.Get({"p", "j"});
  EXPECT_EQ(stored.record.project(), "p");
  EXPECT_EQ(stored.record.request_sha256(), Sha256Hex(kBody));
  EXPECT_EQ(stored.record.invocation_id(), "invocation:0af3");
  EXPECT_EQ(stored.record.create_time_ns(), 1'514'862'246'500'000'000);
  EXPECT_EQ(stored.record.job().state(), Job::QUEUED);
  EXPECT_EQ(stored.record.job().create_time().seconds(), 1'514'862'246);
  EXPECT_EQ(stored.record.job().create_time().nanos(), 0);
  EXPECT_TRUE(stored.record.job().etag().empty());  // made from the version, never stored
}

TEST_F(JobsHandlerTest, AJobThatItsProjectMayNotHaveIsNotStored) {
  quota_ =
      ResourceExhaustedError("Quota failure for project p. No.").WithViolations({{"p", "No."}});
  const json::object body = Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 429);
  EXPECT_EQ(Text(body.at("error").at("details").at(0).at("violations").at(0).at("subject")), "p");
  EXPECT_EQ(store_.Get({"p", "j"}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(quota_checks_, 1);
}

TEST_F(JobsHandlerTest, TheQuotaIsAskedOnlyForAJobThatWouldBeNew) {
  headers_.Set("Idempotency-Key", "k1");
  Call("POST", "/v1/projects/p/jobs", R"({"jobId":"j"})");
  EXPECT_EQ(quota_checks_, 0) << "not valid";
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(quota_checks_, 1);
  quota_ = ResourceExhaustedError("full");
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 200) << "the same call again has its answer";
  headers_.Set("Idempotency-Key", "k2");
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 409);
  EXPECT_EQ(quota_checks_, 1);
}

TEST_F(JobsHandlerTest, AJobKeepsThePriceListInForceAtItsCreation) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(store_.Get({"p", "j"})->record.price_list(), "2017-12");
  ASSERT_TRUE(prices_.MakeDefault("2019-04").ok());
  const auto stored = store_.Update({"p", "j"}, [](store::JobRecord& record) {
    auto& replica = *record.add_attempts()->add_replicas();
    replica.set_role("master");
    replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(1'514'862'245);
    replica.mutable_status()->mutable_exit()->mutable_end_time()->set_seconds(1'514'898'245);
    return OkStatus();
  });
  ASSERT_TRUE(stored.ok());
  const auto units = [&] {
    const json::object job = Call("GET", "/v1/projects/p/jobs/j", "");
    const json::value* output = job.if_contains("trainingOutput");
    return output == nullptr ? -1 : output->at("consumedMLUnits").as_double();
  };
  EXPECT_DOUBLE_EQ(units(), 5.66);  // ten hours of 0.5661, not of 0.3878
  ASSERT_TRUE(store_
                  .Update({"p", "j"},
                          [](store::JobRecord& record) {
                            record.set_price_list("gone");
                            return OkStatus();
                          })
                  .ok());
  EXPECT_EQ(units(), -1);
}

TEST_F(JobsHandlerTest, IdempotencyKeyMarksAReplay) {
  headers_.Set("Idempotency-Key", "k1");
  Call("POST", "/v1/projects/p/jobs", kBody);
  SetState(Job::RUNNING);
  EXPECT_EQ(Text(Call("POST", "/v1/projects/p/jobs", kBody).at("state")), "RUNNING");
  headers_.Set("Idempotency-Key", "k2");
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 409);
  headers_.Set("Idempotency-Key", std::string(256, 'k'));
  EXPECT_THAT(ErrorOf(Call("POST", "/v1/projects/p/jobs", kBody)), HasSubstr("Idempotency-Key"));
  EXPECT_EQ(status_, 400);
}

TEST_F(JobsHandlerTest, WithoutAnInvocationNothingIsAReplay) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 409);
  headers_.Set("User-Agent", "x invocation-id/");
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 409);
}

TEST_F(JobsHandlerTest, RefusesWorkWhenTheEngineDoes) {
  accept_ = ResourceExhaustedError("the disk has 10 MB left");
  EXPECT_EQ(ErrorOf(Call("POST", "/v1/projects/p/jobs", kBody)), "the disk has 10 MB left");
  EXPECT_EQ(status_, 429);
  EXPECT_FALSE(store_.Get({"p", "j"}).ok());
}

TEST_F(JobsHandlerTest, RefusesPackagesThatCannotBeRead) {
  missing_ = "gs://bkt/p.tar.gz";
  const json::object body = Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_EQ(status_, 400);
  EXPECT_EQ(Text(body.at("error").at("status")), "FAILED_PRECONDITION");
  EXPECT_EQ(ErrorOf(body),
            "Field: package_uris Error: The provided GCS paths [gs://bkt/p.tar.gz] cannot be read. "
            "gs://bkt/p.tar.gz: no such object.");
  EXPECT_FALSE(store_.Get({"p", "j"}).ok());
}

TEST_F(JobsHandlerTest, BadFieldsAreRefusedBeforeAnythingIsDone) {
  Call("POST", "/v1/projects/p/jobs", kBody, {{"fields", "colour"}});
  EXPECT_EQ(status_, 400);
  EXPECT_FALSE(store_.Get({"p", "j"}).ok());
}

TEST_F(JobsHandlerTest, IgnoresWhatOnlyTheServiceWrites) {
  std::string body = kBody;
  body.insert(1, R"("state":"SUCCEEDED","endTime":"2018-01-01T00:00:00Z","errorMessage":"x",)"
                 R"("trainingOutput":{"consumedMLUnits":5},)");
  const json::object job = Call("POST", "/v1/projects/p/jobs", body);
  EXPECT_EQ(Text(job.at("state")), "QUEUED");
  for (const char* name : {"endTime", "errorMessage", "trainingOutput"})
    EXPECT_FALSE(job.contains(name)) << name;
}

TEST_F(JobsHandlerTest, TellsTheUnitsThatAJobHasUsed) {
  const auto consumed = [](const json::object& job) {
    const json::value* output = job.if_contains("trainingOutput");
    return output == nullptr ? -1 : output->at("consumedMLUnits").as_double();
  };
  Call("POST", "/v1/projects/p/jobs", kBody);
  const auto seconds = [](Time t) { return ToUnixNanos(t) / 1'000'000'000; };
  ASSERT_TRUE(
      store_
          .Update({"p", "j"},
                  [&](store::JobRecord& record) {
                    record.mutable_job()->set_state(Job::RUNNING);
                    auto& replica = *record.add_attempts()->add_replicas();
                    replica.set_role("master");
                    replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(
                        seconds(clock_.Now()));
                    return OkStatus();
                  })
          .ok());
  EXPECT_EQ(consumed(Call("GET", "/v1/projects/p/jobs/j", "")), -1);
  clock_.Advance(std::chrono::hours(10));  // of 0.5661 units each
  EXPECT_DOUBLE_EQ(consumed(Call("GET", "/v1/projects/p/jobs/j", "")), 5.66);
  const json::object page = Call("GET", "/v1/projects/p/jobs", "");
  EXPECT_DOUBLE_EQ(consumed(page.at("jobs").at(0).as_object()), 5.66);

  ASSERT_TRUE(store_
                  .Update({"p", "j"},
                          [&](store::JobRecord& record) {
                            auto& status =
                                *record.mutable_attempts(0)->mutable_replicas(0)->mutable_status();
                            status.mutable_exit()->mutable_end_time()->set_seconds(
                                seconds(clock_.Now()));
                            return OkStatus();
                          })
                  .ok());
  clock_.Advance(std::chrono::hours(1));
  EXPECT_DOUBLE_EQ(consumed(Call("GET", "/v1/projects/p/jobs/j", "")), 5.66);
}

TEST_F(JobsHandlerTest, CancelWritesTheIntentOnce) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  EXPECT_TRUE(Call("POST", "/v1/projects/p/jobs/j:cancel", "").empty());
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(Call("POST", "/v1/projects/p/jobs/j:cancel", "{}").empty());
  EXPECT_EQ(status_, 200);
  const store::JobRecord record = store_.Get({"p", "j"})->record;
  EXPECT_EQ(record.cancel_request_time().seconds(), 1'514'862'245);
  EXPECT_EQ(record.job().state(), Job::QUEUED);
}

TEST_F(JobsHandlerTest, CancelOfAFinishedJobIsRefused) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  for (const Job::State state : {Job::SUCCEEDED, Job::FAILED, Job::CANCELLED}) {
    SetState(state);
    const json::object body = Call("POST", "/v1/projects/p/jobs/j:cancel", "{}");
    EXPECT_EQ(status_, 400);
    EXPECT_EQ(Text(body.at("error").at("status")), "FAILED_PRECONDITION");
    EXPECT_THAT(ErrorOf(body), HasSubstr(Job::State_Name(state)));
  }
  EXPECT_FALSE(store_.Get({"p", "j"})->record.has_cancel_request_time());
  EXPECT_THAT(ErrorOf(Call("POST", "/v1/projects/p/jobs/j:cancel", R"({"force":true})")),
              HasSubstr("Unknown name \"force\""));
}

TEST_F(JobsHandlerTest, AChangeBetweenReadAndWriteAbortsThePatch) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  const std::string etag = Base64Encode(EtagOf(1));
  store_.before_update = [this] { SetState(Job::PREPARING); };
  const json::object body =
      Call("PATCH", "/v1/projects/p/jobs/j", R"({"labels":{"a":"b"},"etag":")" + etag + "\"}",
           {{"updateMask", "labels,etag"}});
  EXPECT_EQ(status_, 409);
  EXPECT_EQ(Text(body.at("error").at("status")), "ABORTED");
  EXPECT_TRUE(store_.Get({"p", "j"})->record.job().labels().empty());
}

TEST_F(JobsHandlerTest, PatchKeepsWhatTheReconcilerWrote) {
  Call("POST", "/v1/projects/p/jobs", kBody);
  SetState(Job::RUNNING);
  const json::object job =
      Call("PATCH", "/v1/projects/p/jobs/j", R"({"labels":{"a":"b"},"state":"FAILED"})",
           {{"updateMask", "labels"}});
  EXPECT_EQ(Text(job.at("state")), "RUNNING");
  EXPECT_EQ(Text(job.at("labels").at("a")), "b");
  EXPECT_EQ(Text(job.at("etag")), Base64Encode(EtagOf(3)));
}

TEST_F(JobsHandlerTest, EveryEtagHasEightBytes) {
  EXPECT_EQ(EtagOf(1).size(), 8U);
  EXPECT_EQ(EtagOf(INT64_MAX).size(), 8U);
  EXPECT_NE(EtagOf(255), EtagOf(256));
}

TEST(PrettyJsonTest, IndentsByTwo) {
  EXPECT_EQ(
      PrettyJson(json::parse(R"({"a":[1,{"b":"c\n"}],"d":{},"e":[]})")),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\\n\"\n    }\n  ],\n  \"d\": {},\n  \"e\": "
      "[]\n}\n");
}

}  // namespace
}  // namespace mlengine::ml_api
