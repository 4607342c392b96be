#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cli/drill_report.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kForecast[] = R"({"sentences":["worker:1 is killed.","At most it costs 3 steps."]})";
constexpr char kPending[] =
    R"({"drill":2,"action":"kill","result":"PENDING","waitsFor":"the replica to end"})";
constexpr char kRecovered[] = R"({"drill":2,"action":"kill","result":"RECOVERED",
  "actTime":"2018-01-02T03:04:05Z","exits":[{"replica":"worker:1","pid":41,
  "endTime":"2018-01-02T03:04:05.5Z","exitCode":0,"signal":9,"reason":"DRILLED",
  "sentence":"A fire drill killed it, as was asked."}],"restart":{"number":1,"counted":false},
  "secondsUntilEnded":0.01,"secondsUntilRunning":0.4,"secondsUntilProgress":1.25,
  "steps":{"unit":"step","toldBy":"worker-replica-1","before":43,"resumedFrom":40,
  "resumedFromBy":"ITS_OWN_WORDS","lost":3},
  "cost":{"lostSeconds":1.25,"replicaSeconds":0.9,"text":"0.0001 USD","repeatedSteps":3,
  "ifOthersWaited":{"text":"0.0003 USD"}}})";

class DrillTest : public testing::Test {
 protected:
  DrillTest() {
    run_.server.answer = [this](const net::ClientRequest& request) {
      if (request.body.find("validateOnly") != std::string::npos) return JsonAnswer(kForecast);
      if (request.method == "POST") return JsonAnswer(kPending);
      return JsonAnswer(++asked_ < 3 ? kPending : last_);
    };
  }
  int Posts() const {
    return static_cast<int>(std::ranges::count_if(
        run_.server.calls, [](const auto& call) { return call.method == "POST"; }));
  }

  FakeRun run_;
  int asked_ = 0;
  std::string last_ = kRecovered;
};

TEST_F(DrillTest, SaysWhatItWillDoAsksAndReports) {
  run_.typed = {"what?", "Y"};
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--kill=worker:1"}), 0);
  EXPECT_THAT(run_.err.str(), HasSubstr("  worker:1 is killed.\n  At most it costs 3 steps.\n\n"
                                        "Do you want to continue (Y/n)?  Please enter"));
  EXPECT_THAT(run_.err.str(), HasSubstr("Waiting for the replica to end (0 s of at most 600 s)"));
  EXPECT_EQ(
      run_.out.str(),
      "What happened  worker:1 (PID 41) ended at 2018-01-02T03:04:05.5Z by signal 9: DRILLED. "
      "A fire drill killed it, as was asked.\n"
      "               It was started again as its restart 1, which does not count against "
      "its limit of restarts.\n"
      "Ended          0.01 s after the order\n"
      "Ran again      after 0.40 s\n"
      "As far again   after 1.25 s\n"
      "Resumed from   step 40, by its own words; it was at step 43: 3 steps lost\n"
      "Cost           3 repeated steps, 1.25 s of lost work, 0.90 s of replicas' time, "
      "0.0001 USD (0.0003 USD if the other replicas waited)\n"
      "Result         RECOVERED\n");
}

TEST_F(DrillTest, TheOrderIsGivenOnceWithAKey) {
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--preempt", "--quiet"}), 0);
  EXPECT_EQ(run_.err.str(), "");
  ASSERT_EQ(Posts(), 2);
  EXPECT_EQ(run_.server.calls[1].body, R"({"action":"preempt"})");
  EXPECT_EQ(run_.server.calls[1].headers.Get("Idempotency-Key")->size(), 32U);
  EXPECT_EQ(run_.server.calls[2].target, "/mlengine/v1/projects/p/jobs/j/drills/2");
}

TEST_F(DrillTest, NothingIsDoneWithoutAYes) {
  run_.typed = {"no"};
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--preempt"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("Nothing was done."));
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--preempt"}), 1);  // nobody is there
  EXPECT_THAT(run_.err.str(), HasSubstr("Give --quiet to go on without asking."));
  EXPECT_EQ(Posts(), 2);  // both forecasts
}

TEST_F(DrillTest, OneOfTheThree) {
  EXPECT_EQ(run_.Run({"jobs", "drill", "j"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("which drill?"));
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--preempt", "--kill=master"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("one drill at a time"));
  EXPECT_TRUE(run_.server.calls.empty());
}

TEST_F(DrillTest, WaitsNoLongerThanAsked) {
  last_ = kPending;
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--preempt", "--quiet", "--timeout=3",
                      "--format=value(timedOut,result)"}),
            1);
  EXPECT_EQ(run_.out.str(), "True\tPENDING\n");
  EXPECT_LE(run_.slept, std::chrono::milliseconds(3400));
}

TEST_F(DrillTest, AServerThatIsAwayIsWaitedFor) {
  int calls = 0;
  run_.server.answer = [&](const net::ClientRequest& request) -> Result<net::ClientResponse> {
    if (request.method == "POST")
      return JsonAnswer(R"({"drill":1,"action":"restart-server","result":"PENDING"})");
    if (++calls < 4) return UnavailableError("connection refused");
    return JsonAnswer(R"({"drill":1,"action":"restart-server","result":"RECOVERED",
      "actTime":"2018-01-02T03:04:05Z","server":{"replicas":2,"replicasRanOn":2,"logLinesLost":0,
      "logLinesDoubled":0,"logLinesChecked":90,"secondsAway":0.2}})");
  };
  EXPECT_EQ(run_.Run({"jobs", "drill", "j", "--restart-server", "--quiet"}), 0);
  EXPECT_THAT(run_.out.str(), HasSubstr("The server was away for 0.20 s"));
  EXPECT_THAT(run_.out.str(), HasSubstr("2 of 2 replicas ran on, with the same PID"));
  EXPECT_THAT(run_.out.str(), HasSubstr("0 lines lost, 0 doubled, of 90 lines"));
}

TEST(DrillTextTest, ABeginningAnewIsSaid) {
  const std::string text = DrillText(boost::json::parse(R"({"result":"RECOVERED","actTime":"t",
    "steps":{"unit":"step","before":9,"resumedFrom":0,"resumedFromBy":"ITS_FIRST_STEPS","lost":9}})"));
  EXPECT_THAT(text, HasSubstr("step 0, by its first steps; it was at step 9: 9 steps lost"));
  EXPECT_THAT(text, HasSubstr("It began anew"));
  EXPECT_THAT(DrillText(boost::json::parse(R"({"result":"RECOVERED","actTime":"t"})")),
              HasSubstr("its lines tell no steps"));
}

}  // namespace
}  // namespace mlengine::cli
