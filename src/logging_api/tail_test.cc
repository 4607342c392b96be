#include "logging_api/tail_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::logging_api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TailTest : public ::testing::Test {
 protected:
  using Pull = net::BodyStream::Pull;

  TailTest() { store_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_); }
  ~TailTest() override {
    stream_.reset();
    EXPECT_FALSE(listener_);  // what was watched was let go
  }

  void Say(const std::string& job, const std::string& text) {
    clock_.Advance(std::chrono::seconds(1));
    said_[job] =
        *store_->AppendService({"p", job}, said_[job], {{logs::Severity::kInfo, text, "service"}});
  }
  int Tail(const std::string& filter) {
    LoggingDeps deps;
    deps.logs = store_.get();
    deps.clock = &clock_;
    deps.jobs = [this](const std::string&) { return jobs_; };
    deps.watch_jobs = [this](LoggingDeps::JobListener listener) {
      listener_ = std::move(listener);
      return std::int64_t{5};
    };
    deps.unwatch_jobs = [this](std::int64_t id) {
      EXPECT_EQ(id, 5);
      listener_ = nullptr;
    };
    net::Request request;
    request.body = boost::json::serialize(boost::json::object{
        {"resourceNames", boost::json::array{"projects/p"}}, {"filter", filter}});
    net::Response response = EntriesTailHandler(deps)(request);
    stream_ = std::move(response.stream);
    if (stream_ != nullptr) stream_->SetWaker([this] { ++woken_; });
    return response.status;
  }
  // The texts of what comes until it waits.
  std::vector<std::string> Pulled() {
    std::string out;
    while (true) {
      std::string piece;
      const Pull pull = stream_->Next(piece);
      if (pull != Pull::kData) {
        EXPECT_EQ(pull, Pull::kWait);
        break;
      }
      out += piece;
    }
    body_ += out;
    std::vector<std::string> texts;
    // At any time the body is a JSON list but for its end.
    const boost::json::value list = boost::json::parse(body_ + "]");
    const boost::json::array& messages = list.as_array();
    for (; taken_ < messages.size(); ++taken_) {
      const boost::json::object& message = messages[taken_].as_object();
      if (!message.contains("entries")) continue;
      for (const auto& entry : message.at("entries").as_array())
        texts.emplace_back(entry.at("textPayload").as_string());
    }
    return texts;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
  std::vector<LoggedJob> jobs_;
  LoggingDeps::JobListener listener_;
  std::map<std::string, int> said_;
  std::unique_ptr<net::BodyStream> stream_;
  std::string body_;
  std::size_t taken_ = 0;
  int woken_ = 0;
};

TEST_F(TailTest, GivesWhatComesOfOneJob) {
  Say("j", "before");
  clock_.Advance(std::chrono::seconds(1));
  ASSERT_EQ(Tail("resource.labels.job_id=j NOT textPayload:skip"), 200);
  EXPECT_THAT(Pulled(), IsEmpty());
  EXPECT_EQ(body_, "[{}");
  Say("j", "one");
  EXPECT_EQ(woken_, 1);
  Say("j", "skip this");
  Say("other", "not asked for");
  Say("j", "two");
  EXPECT_THAT(Pulled(), ElementsAre("one", "two"));
  EXPECT_THAT(Pulled(), IsEmpty());
}

TEST_F(TailTest, TakesUpJobsThatAreNew) {
  jobs_.push_back({"old", 0, INT64_MAX, {}});
  ASSERT_EQ(Tail(""), 200);
  Say("old", "of the old one");
  EXPECT_THAT(Pulled(), ElementsAre("of the old one"));
  Say("new", "of the new one");
  EXPECT_THAT(Pulled(), IsEmpty());
  listener_("another_project", "new");
  EXPECT_THAT(Pulled(), IsEmpty());
  listener_("p", "new");
  EXPECT_THAT(Pulled(), ElementsAre("of the new one"));
  // A change of a job whose log has ended brings nothing again.
  ASSERT_TRUE(store_->EndLog({"p", "new"}, said_["new"], {}).ok());
  EXPECT_THAT(Pulled(), IsEmpty());
  listener_("p", "new");
  EXPECT_THAT(Pulled(), IsEmpty());
}

TEST_F(TailTest, RefusesWhatIsWrong) {
  EXPECT_EQ(Tail("severity>=LOUD"), 400);
  EXPECT_EQ(stream_, nullptr);
}

}  // namespace
}  // namespace mlengine::logging_api
