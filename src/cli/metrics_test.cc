#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kTwo[] = R"({"series":[
  {"run":"eval","tag":"loss","count":"1","min":0.75,"max":0.75,
   "points":[{"step":"100","time":"2018-01-02T03:04:05.000000000Z","value":0.75}]},
  {"run":"train","tag":"loss","count":"12000","min":0.1,"max":2.5,
   "nonFinite":{"count":"3","firstStep":"120"},
   "points":[{"step":"10","time":"2018-01-02T03:04:05.000000000Z","value":2.5},
             {"step":"120","time":"2018-01-02T03:04:06.000000000Z","value":"NaN"}]}],
  "warnings":[]})";
constexpr char kNone[] = R"({"series":[],"warnings":["There are no event files below gs://b/j."]})";

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    run_.server.answer = [this](const net::ClientRequest& request) {
      const bool chosen = request.target.find("tag=") != std::string::npos;
      return JsonAnswer(chosen && !chosen_.empty() ? chosen_ : answer_);
    };
  }
  FakeRun run_;
  std::string answer_ = kTwo;
  std::string chosen_;  // to a question for some tags; "": the same
};

TEST_F(MetricsTest, PrintsATable) {
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j"}), 0);
  EXPECT_EQ(run_.out.str(),
            "RUN    TAG   POINTS  LAST_STEP  LAST_VALUE  MIN   MAX\n"
            "eval   loss  1       100        0.75        0.75  0.75\n"
            "train  loss  12000   120        NaN         0.1   2.5\n");
  EXPECT_EQ(run_.server.calls[0].target, "/mlengine/v1/projects/p/jobs/j/metrics?points=1");
}

TEST_F(MetricsTest, PlotsEachSeriesUnderTheOther) {
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j", "--plot", "--tag=loss,a/*", "--run=train"}), 0);
  EXPECT_THAT(run_.out.str(), StartsWith("loss (eval): 0.75 at step 100, min 0.75, max 0.75\n"));
  EXPECT_THAT(run_.out.str(), HasSubstr("\n\nloss (train): NaN at step 120, min 0.1, max 2.5\n"));
  EXPECT_THAT(run_.out.str(), HasSubstr("  3 values are NaN or infinite, first at step 120\n"));
  EXPECT_EQ(run_.server.calls[0].target,
            "/mlengine/v1/projects/p/jobs/j/metrics?tag=loss&tag=a%2F%2A&run=train&points=160");
}

TEST_F(MetricsTest, FormatGivesTheServersAnswer) {
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j", "--format=json", "--since-step=5"}), 0);
  EXPECT_THAT(run_.out.str(), HasSubstr(R"("firstStep": "120")"));
  EXPECT_EQ(run_.server.calls[0].target, "/mlengine/v1/projects/p/jobs/j/metrics?since_step=5&");
  EXPECT_EQ(run_.err.str(), "");
}

TEST_F(MetricsTest, NoEventFilesIsSaidAndNoError) {
  answer_ = kNone;
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j", "--tag=loss"}), 0);
  EXPECT_EQ(run_.out.str(), "");
  EXPECT_EQ(run_.err.str(), "WARNING: There are no event files below gs://b/j.\n");
}

TEST_F(MetricsTest, AnUnknownTagNamesThoseThereAre) {
  chosen_ = kNone;
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j", "--tag=losss"}), 1);
  EXPECT_THAT(run_.err.str(),
              HasSubstr("job [j] has no series of tag \"losss\". Did you mean \"loss\"? Its tags: "
                        "loss. Its runs: eval, train."));
}

TEST_F(MetricsTest, AnAnswerThatIsNoneIsAnError) {
  answer_ = "[]";
  EXPECT_EQ(run_.Run({"jobs", "metrics", "j"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace mlengine::cli
