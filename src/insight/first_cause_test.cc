// What no recorded failure shows (tests/failures has those): order, and what is never first.
#include "insight/first_cause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mlengine::insight {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kSecond = 1'000'000'000;

Execution Failed(const char* role, int index, std::int64_t when, std::string err) {
  Execution one;
  one.role = role;
  one.index = index;
  one.ended_ns = when;
  one.end = EndKind::kError;
  one.exit_code = 1;
  one.err = std::move(err);
  return one;
}

std::string Raised(const std::string& exception) {
  return "Traceback (most recent call last):\n  File \"/p/trainer/task.py\", line 3, in train\n"
         "    step()\n" +
         exception + "\n";
}

const std::string kReset = Raised("ConnectionResetError: [Errno 104] Connection reset by peer");

TEST(FirstCauseTest, NamesAreUniqueAndOfEachKindThereIsARow) {
  std::set<std::string_view> names;
  std::set<CauseKind> kinds;
  for (const CauseRow& row : kCauses) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(kinds.insert(row.kind).second) << row.name;
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(CauseKind::kPeerEnded) + 1);
}

TEST(FirstCauseTest, WhereNothingFailedThereIsNone) {
  Execution well = Failed("master", 0, kSecond, "");
  well.end = EndKind::kFinished;
  well.exit_code = 0;
  EXPECT_FALSE(FirstCause({{well}}));
  EXPECT_FALSE(FirstCause({}));
}

TEST(FirstCauseTest, AnErrorOfTheNetworkIsNotFirstWhenAnotherFailedBefore) {
  const auto cause = FirstCause({{Failed("master", 0, 2 * kSecond, kReset),
                                  Failed("worker", 1, kSecond, Raised("ValueError: no"))}});
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->role, "worker");
  EXPECT_EQ(cause->sentence,
            "The program raised ValueError: no (trainer/task.py, line 3, in train).");
  ASSERT_EQ(cause->followers.size(), 1U);
  EXPECT_EQ(cause->followers[0].sentence, "The other side closed the connection.");
}

TEST(FirstCauseTest, NorWhenTheOtherClosedItsConnectionsBeforeItEnded) {
  const auto cause = FirstCause({{Failed("master", 0, kSecond, kReset),
                                  Failed("worker", 1, 3 * kSecond, Raised("ValueError: no"))}});
  EXPECT_EQ(cause->role, "worker");
  const auto late = FirstCause({{Failed("master", 0, kSecond, kReset),
                                 Failed("worker", 1, 9 * kSecond, Raised("ValueError: no"))}});
  EXPECT_EQ(late->role, "master");
  EXPECT_EQ(late->kind, CauseKind::kConnectionClosed);
}

TEST(FirstCauseTest, WhatIsNotKnownDoesNotExplainWhatCameBeforeIt) {
  const auto cause =
      FirstCause({{Failed("master", 0, kSecond, kReset), Failed("worker", 1, 2 * kSecond, "")}});
  EXPECT_EQ(cause->role, "master");
  const auto before = FirstCause(
      {{Failed("master", 0, 3 * kSecond, kReset), Failed("worker", 1, 2 * kSecond, "")}});
  EXPECT_EQ(before->role, "worker");
  EXPECT_EQ(before->kind, CauseKind::kUnknown);
}

TEST(FirstCauseTest, ALostRunnerWithoutAMomentIsFirst) {
  Execution lost = Failed("worker", 0, 0, "");
  lost.end = EndKind::kRunnerLost;
  lost.exit_code = 0;
  const auto cause = FirstCause({{Failed("master", 0, kSecond, kReset), lost}});
  EXPECT_EQ(cause->kind, CauseKind::kRunnerLost);
}

TEST(FirstCauseTest, TheReplicaBehindAnAddressIsNamed) {
  Execution ps = Failed("ps", 0, 5 * kSecond, "");
  ps.end = EndKind::kStopped;
  ps.address = "127.0.0.1:2000";
  Execution other = ps;
  other.index = 1;
  other.address = "127.0.0.1:20001";
  const auto cause = FirstCause(
      {{Failed("master", 0, kSecond,
               Raised("UnavailableError: failed to connect to all addresses; last error: UNKNOWN: "
                      "ipv4:127.0.0.1:20001: Failed to connect to remote host: Connection "
                      "refused")),
        ps, other}});
  EXPECT_EQ(cause->kind, CauseKind::kConnectionRefused);
  EXPECT_THAT(cause->sentence, HasSubstr("The address is that of ps 1."));
  EXPECT_EQ(cause->followers.size(), 2U);
}

TEST(FirstCauseTest, AReplicaThatWasKilledAndCameBackIsTheCause) {
  Execution killed = Failed("worker", 0, kSecond, "step 1\n");
  killed.end = EndKind::kKilled;
  killed.signal = 9;
  killed.exit_code = 0;
  killed.superseded = true;
  Execution again = Failed("worker", 0, 3 * kSecond, "");
  again.restart = 1;
  again.end = EndKind::kStopped;
  const auto cause = FirstCause({{killed, again, Failed("master", 0, 2 * kSecond, kReset)}});
  EXPECT_EQ(cause->kind, CauseKind::kKilled);
  EXPECT_EQ(cause->restart, 0);
  ASSERT_EQ(cause->followers.size(), 2U);
  EXPECT_EQ(cause->followers[1].sentence,
            "It had been started again, and was stopped with the job.");
  // Long ago, it has nothing to do with it.
  killed.ended_ns = 0;
  const auto later = FirstCause({{killed, again, Failed("master", 0, 90 * kSecond, kReset)}});
  EXPECT_EQ(later->role, "master");
}

TEST(FirstCauseTest, WhatAStoppedReplicaOnceLoggedIsNoCause) {
  Execution stopped = Failed("worker", 0, 2 * kSecond, Raised("ValueError: no"));
  stopped.end = EndKind::kStopped;
  const Execution lost = Failed("master", 0, kSecond, kReset);
  stopped.exit_code = 1;  // raised by the stop
  EXPECT_EQ(FirstCause({{lost, stopped}})->role, "master");
  stopped.exit_code = 0;
  stopped.signal = 15;
  EXPECT_EQ(FirstCause({{lost, stopped}})->role, "worker");
  stopped.err += "went on\n";
  EXPECT_EQ(FirstCause({{lost, stopped}})->role, "master");
}

TEST(FirstCauseTest, WhoRaisedAndCrashedOnTheWayOutEndedByWhatItRaised) {
  Execution one = Failed("master", 0, kSecond, Raised("RuntimeError: no"));
  one.end = EndKind::kCrash;
  one.exit_code = 0;
  one.signal = 11;
  FailureEvidence evidence;
  evidence.executions = {one};
  EXPECT_EQ(FirstCause(evidence)->kind, CauseKind::kException);
  // One that went on after what it had caught crashed for another reason.
  evidence.executions[0].err += "going on without it\n";
  EXPECT_EQ(FirstCause(evidence)->kind, CauseKind::kSegmentationFault);
}

TEST(FirstCauseTest, WhatWasCaughtIsNotWhyItEndedLaterWithAStatusOfItsOwn) {
  Execution one = Failed("master", 0, kSecond, Raised("ValueError: one bad row") + "skipped it\n");
  one.exit_code = 3;
  const auto later = FirstCause({{one}});
  EXPECT_THAT(later->sentence, Not(HasSubstr("one bad row")));
  // With nothing behind it, it may be what the program ended itself for.
  one.err = Raised("ValueError: one bad row");
  EXPECT_THAT(FirstCause({{one}})->sentence, HasSubstr("one bad row"));
  // The interpreter's own status: a thread or an exit handler spoke last.
  one.err += "cleaning up\n";
  one.exit_code = 1;
  EXPECT_THAT(FirstCause({{one}})->sentence, HasSubstr("one bad row"));
}

TEST(FirstCauseTest, TextsAreBounded) {
  FailureEvidence evidence;
  for (int i = 0; i < 100; ++i)
    evidence.executions.push_back(
        Failed("worker", i, kSecond + i, Raised("ValueError: " + std::string(5000, 'x'))));
  const auto cause = FirstCause(evidence);
  EXPECT_LE(cause->sentence.size(), 700U);
  EXPECT_EQ(cause->followers.size(), kMostFollowers);
  for (const std::string& line : cause->evidence) EXPECT_LE(line.size(), 300U);
}

TEST(FirstCauseTest, TheRuntimesVersionOfAModuleIsTold) {
  FailureEvidence evidence;
  evidence.runtime = "2.19";
  evidence.module = "trainer.task";
  evidence.distributions = {{"tensorflow-cpu", "2.19.1"}, {"keras", "3.9.0"}};
  const auto told = [&](const std::string& exception) {
    evidence.executions = {Failed("master", 0, kSecond, Raised(exception))};
    return FirstCause(evidence)->sentence;
  };
  EXPECT_EQ(
      told("ModuleNotFoundError: No module named 'cv2'"),
      "The program imports cv2, which runtime 2.19 does not have: no version of opencv-python "
      "is in it.");
  EXPECT_EQ(told("ModuleNotFoundError: No module named 'keras.engine'"),
            "The program imports keras.engine, which keras 3.9.0 of runtime 2.19 does not have.");
  EXPECT_EQ(told("AttributeError: module 'tensorflow' has no attribute 'Session'"),
            "The program uses tf.Session, which TensorFlow 2.19.1 of runtime 2.19 does not have.");
  EXPECT_EQ(told("ImportError: cannot import name 'Merge' from 'keras.layers' (/x/y.py)"),
            "The program imports Merge from keras.layers, which has no such name: runtime 2.19 has "
            "keras 3.9.0.");
}

}  // namespace
}  // namespace mlengine::insight
