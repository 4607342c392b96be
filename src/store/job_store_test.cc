// The contract of JobStore, run against every implementation.
#include "store/job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/testing/temp_dir.h"
#include "store/memory_job_store.h"
#include "store/sqlite_job_store.h"

namespace mlengine::store {
namespace {

using ml::v1::Job;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

JobRecord Record(const std::string& job_id, const std::string& project = "p") {
  JobRecord record;
  record.set_project(project);
  record.mutable_job()->set_job_id(job_id);
  record.mutable_job()->set_state(Job::QUEUED);
  return record;
}

std::vector<std::string> Ids(const std::vector<StoredJob>& jobs) {
  std::vector<std::string> ids;
  for (const StoredJob& job : jobs) ids.push_back(job.record.job().job_id());
  return ids;
}

Status SetState(JobStore& store, const JobKey& key, Job::State state) {
  return store
      .Update(key,
              [state](JobRecord& record) {
                record.mutable_job()->set_state(state);
                return OkStatus();
              })
      .status();
}

enum class Kind { kMemory, kSqlite };

class JobStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  JobStoreTest() {
    if (GetParam() == Kind::kMemory) {
      store_ = NewMemoryJobStore();
    } else {
      Result<std::unique_ptr<JobStore>> opened = OpenSqliteJobStore(dir_ / "state.db");
      EXPECT_TRUE(opened.ok()) << opened.status().ToString();
      if (opened.ok()) store_ = *std::move(opened);
    }
  }
  void SetUp() override { ASSERT_NE(store_, nullptr); }
  StoredJob MustCreate(JobRecord record) {
    const Result<StoredJob> job = store_->Create(std::move(record));
    EXPECT_TRUE(job.ok()) << job.status().ToString();
    return job.value_or({});
  }

  TempDir dir_;
  std::unique_ptr<JobStore> store_;
};

INSTANTIATE_TEST_SUITE_P(All, JobStoreTest, ::testing::Values(Kind::kMemory, Kind::kSqlite),
                         [](const auto& param) {
                           return param.param == Kind::kMemory ? "Memory" : "Sqlite";
                         });

TEST_P(JobStoreTest, ListsWhatWasCreatedBehindASequence) {
  MustCreate(Record("a"));
  const std::int64_t second = MustCreate(Record("b", "q")).sequence;
  MustCreate(Record("c"));
  MustCreate(Record("d"));
  EXPECT_THAT(Ids(store_->ListAfter(0, 10).value_or({})), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Ids(store_->ListAfter(second, 1).value_or({})), ElementsAre("c"));
  EXPECT_THAT(Ids(store_->ListAfter(second, 2).value_or({})), ElementsAre("c", "d"));
  EXPECT_THAT(Ids(store_->ListAfter(second + 2, 5).value_or({})), IsEmpty());
  EXPECT_EQ(store_->ListAfter(0, 0).status().code(), StatusCode::kInvalidArgument);
}

TEST_P(JobStoreTest, KeepsWhatWasCreated) {
  JobRecord record = Record("j");
  record.mutable_job()->mutable_training_input()->add_args("--name=\xC3\xA9\n");
  const StoredJob created = MustCreate(record);
  EXPECT_EQ(created.version, 1);
  const Result<StoredJob> got = store_->Get({"p", "j"});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->record.SerializeAsString(), record.SerializeAsString());
  EXPECT_EQ(got->version, 1);
  EXPECT_EQ(got->sequence, created.sequence);
}

TEST_P(JobStoreTest, AnIdIsUsedOnceInAProject) {
  MustCreate(Record("j"));
  ASSERT_TRUE(SetState(*store_, {"p", "j"}, Job::FAILED).ok());
  EXPECT_EQ(store_->Create(Record("j")).status().code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(store_->Create(Record("j", "other")).ok());
  EXPECT_TRUE(store_->Create(Record("J")).ok());
}

TEST_P(JobStoreTest, TheSameCallAgainGetsTheFirstAnswer) {
  JobRecord first = Record("j");
  first.set_invocation_id("call-1");
  first.set_request_sha256("abc");
  const StoredJob created = MustCreate(first);
  ASSERT_TRUE(SetState(*store_, {"p", "j"}, Job::RUNNING).ok());
  const Result<StoredJob> again = store_->Create(first);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->sequence, created.sequence);
  EXPECT_EQ(again->record.job().state(), Job::RUNNING);

  JobRecord other_body = first;
  other_body.set_request_sha256("abd");
  EXPECT_EQ(store_->Create(other_body).status().code(), StatusCode::kAlreadyExists);
  JobRecord other_call = first;
  other_call.set_invocation_id("call-2");
  EXPECT_EQ(store_->Create(other_call).status().code(), StatusCode::kAlreadyExists);
}

TEST_P(JobStoreTest, WithoutAnInvocationNothingIsAReplay) {
  JobRecord record = Record("j");
  record.set_request_sha256("abc");
  MustCreate(record);
  EXPECT_EQ(store_->Create(record).status().code(), StatusCode::kAlreadyExists);
}

TEST_P(JobStoreTest, SaysWhatIsNotThere) {
  MustCreate(Record("j"));
  EXPECT_EQ(store_->Get({"p", "none"}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->Get({"q", "j"}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(SetState(*store_, {"p", "none"}, Job::FAILED).code(), StatusCode::kNotFound);
}

TEST_P(JobStoreTest, ListsTheNewestFirstInPages) {
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    MustCreate(Record(id));
    MustCreate(Record(id, "other"));
  }
  ListJobsQuery query{.project = "p", .page_size = 2};
  Result<ListJobsPage> page = store_->List(query);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Ids(page->jobs), ElementsAre("e", "d"));
  // What comes meanwhile does not shift the pages.
  MustCreate(Record("f"));
  query.page_token = page->next_page_token;
  page = store_->List(query);
  EXPECT_THAT(Ids(page->jobs), ElementsAre("c", "b"));
  query.page_token = page->next_page_token;
  page = store_->List(query);
  EXPECT_THAT(Ids(page->jobs), ElementsAre("a"));
  EXPECT_EQ(page->next_page_token, "");
}

TEST_P(JobStoreTest, AFullLastPageHasNoNext) {
  for (const char* id : {"a", "b"}) MustCreate(Record(id));
  const Result<ListJobsPage> page = store_->List({.project = "p", .page_size = 2});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->jobs.size(), 2U);
  EXPECT_EQ(page->next_page_token, "");
  EXPECT_THAT(store_->List({.project = "nobody"})->jobs, IsEmpty());
}

TEST_P(JobStoreTest, FiltersAcrossManyRows) {
  for (int i = 0; i < 400; ++i) MustCreate(Record("j" + std::to_string(i)));
  ListJobsQuery query{.project = "p", .page_size = 3};
  query.filter = [](const JobRecord& record) { return record.job().job_id().ends_with("99"); };
  Result<ListJobsPage> page = store_->List(query);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Ids(page->jobs), ElementsAre("j399", "j299", "j199"));
  query.page_token = page->next_page_token;
  page = store_->List(query);
  EXPECT_THAT(Ids(page->jobs), ElementsAre("j99"));
  EXPECT_EQ(page->next_page_token, "");
}

TEST_P(JobStoreTest, RefusesABadPage) {
  MustCreate(Record("a"));
  MustCreate(Record("b"));
  const std::string token = store_->List({.project = "p", .page_size = 1})->next_page_token;
  const auto code = [this](ListJobsQuery query) { return store_->List(query).status().code(); };
  EXPECT_EQ(code({.project = "p", .page_token = "x"}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.project = "q", .page_token = token}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.project = "p", .page_size = 0}), StatusCode::kInvalidArgument);
}

TEST_P(JobStoreTest, AChangeRaisesTheVersionByOne) {
  MustCreate(Record("j"));
  ASSERT_TRUE(SetState(*store_, {"p", "j"}, Job::PREPARING).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "j"}, Job::RUNNING).ok());
  const Result<StoredJob> job = store_->Get({"p", "j"});
  EXPECT_EQ(job->version, 3);
  EXPECT_EQ(job->record.job().state(), Job::RUNNING);
}

TEST_P(JobStoreTest, AFailedChangeWritesNothing) {
  MustCreate(Record("j"));
  const Result<StoredJob> changed = store_->Update({"p", "j"}, [](JobRecord& record) {
    record.mutable_job()->set_state(Job::FAILED);
    return AbortedError("the etag differs");
  });
  EXPECT_EQ(changed.status(), AbortedError("the etag differs"));
  const Result<StoredJob> job = store_->Get({"p", "j"});
  EXPECT_EQ(job->version, 1);
  EXPECT_EQ(job->record.job().state(), Job::QUEUED);
}

TEST_P(JobStoreTest, ARecordLeftEqualKeepsItsVersion) {
  JobRecord record = Record("j");
  for (int i = 0; i < 20; ++i)
    (*record.mutable_job()->mutable_labels())["k" + std::to_string(i)] = "v";
  MustCreate(record);
  int told = 0;
  store_->Subscribe([&told](const JobKey&) { ++told; });
  // Built anew in another order: equal all the same.
  const Result<StoredJob> job = store_->Update({"p", "j"}, [](JobRecord& old) {
    auto& labels = *old.mutable_job()->mutable_labels();
    labels.clear();
    for (int i = 19; i >= 0; --i) labels["k" + std::to_string(i)] = "v";
    return OkStatus();
  });
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->version, 1);
  EXPECT_EQ(told, 0);
}

TEST_P(JobStoreTest, ListsUnfinishedJobsOfAllProjectsOldestFirst) {
  for (const char* id : {"a", "b", "c", "d", "e"}) MustCreate(Record(id));
  MustCreate(Record("x", "other"));
  ASSERT_TRUE(SetState(*store_, {"p", "a"}, Job::RUNNING).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "b"}, Job::SUCCEEDED).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "c"}, Job::FAILED).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "d"}, Job::CANCELLED).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "e"}, Job::CANCELLING).ok());
  const auto unfinished = store_->ListUnfinished();
  ASSERT_TRUE(unfinished.ok());
  EXPECT_THAT(Ids(*unfinished), ElementsAre("a", "e", "x"));
}

TEST_P(JobStoreTest, CountsByState) {
  EXPECT_THAT(*store_->CountByState(), IsEmpty());
  for (const char* id : {"a", "b", "c"}) MustCreate(Record(id));
  MustCreate(Record("x", "other"));
  ASSERT_TRUE(SetState(*store_, {"p", "a"}, Job::RUNNING).ok());
  ASSERT_TRUE(SetState(*store_, {"p", "a"}, Job::SUCCEEDED).ok());
  EXPECT_THAT(*store_->CountByState(),
              UnorderedElementsAre(Pair(Job::QUEUED, 3), Pair(Job::SUCCEEDED, 1)));
}

TEST_P(JobStoreTest, TellsListenersBeforeTheAnswer) {
  std::vector<std::string> told;
  const std::int64_t id =
      store_->Subscribe([&told](const JobKey& key) { told.push_back(key.job_id); });
  MustCreate(Record("a"));
  EXPECT_THAT(told, ElementsAre("a"));
  static_cast<void>(store_->Create(Record("a")));
  ASSERT_TRUE(SetState(*store_, {"p", "a"}, Job::RUNNING).ok());
  EXPECT_THAT(told, ElementsAre("a", "a"));
  store_->Unsubscribe(id);
  MustCreate(Record("b"));
  EXPECT_THAT(told, ElementsAre("a", "a"));
}

TEST_P(JobStoreTest, ManyThreadsCreateAndChange) {
  constexpr int kThreads = 32;
  constexpr int kJobs = 20;
  std::atomic<int> told = 0;
  store_->Subscribe([&told](const JobKey&) { ++told; });
  MustCreate(Record("shared"));
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kJobs; ++i) {
        // Half of the ids are fought for by two threads: one must win.
        const int owner = i % 2 == 0 ? t : t / 2 * 2;
        if (store_->Create(Record(std::to_string(owner) + "-" + std::to_string(i))).ok()) ++created;
        const auto counted = store_->Update({"p", "shared"}, [](JobRecord& record) {
          record.set_service_entries(record.service_entries() + 1);
          return OkStatus();
        });
        EXPECT_TRUE(counted.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, kThreads * kJobs * 3 / 4);
  EXPECT_EQ(store_->Get({"p", "shared"})->record.service_entries(), kThreads * kJobs);
  EXPECT_EQ(told, 1 + created + kThreads * kJobs);
  std::set<std::int64_t> sequences;
  const auto unfinished = store_->ListUnfinished();
  for (const StoredJob& job : *unfinished) sequences.insert(job.sequence);
  EXPECT_EQ(static_cast<int>(sequences.size()), created + 1);
}

}  // namespace
}  // namespace mlengine::store
