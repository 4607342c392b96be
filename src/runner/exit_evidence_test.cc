#include "runner/exit_evidence.h"

#include <gtest/gtest.h>

#include <csignal>

namespace mlengine::runner {
namespace {

using v1::ExitReason;

ExitEvidence Exited(int code) {
  return {.end = {.exit_code = code, .signal = 0}};
}
ExitEvidence Signalled(int signal) {
  return {.end = {.exit_code = 0, .signal = signal}};
}

TEST(ExitEvidenceTest, TheStatusAloneTellsThis) {
  EXPECT_EQ(JudgeExit(Exited(0)), ExitReason::FINISHED);
  for (const int code : {1, 2, 127, 128, 255})
    EXPECT_EQ(JudgeExit(Exited(code)), ExitReason::USER_ERROR);
  // As a shell, or a program for its child, tells of a signal.
  for (const int code : {130, 137, 143}) EXPECT_EQ(JudgeExit(Exited(code)), ExitReason::KILLED);
  EXPECT_EQ(JudgeExit(Exited(139)), ExitReason::CRASH);
  for (const int signal : {SIGINT, SIGKILL, SIGTERM})
    EXPECT_EQ(JudgeExit(Signalled(signal)), ExitReason::KILLED);
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP})
    EXPECT_EQ(JudgeExit(Signalled(signal)), ExitReason::CRASH);
  for (const int signal : {SIGUSR1, SIGPIPE, SIGALRM, SIGXCPU})
    EXPECT_EQ(JudgeExit(Signalled(signal)), ExitReason::SIGNALLED);
}

TEST(ExitEvidenceTest, ADrillIsNamed) {
  ExitEvidence evidence = Signalled(SIGKILL);
  evidence.drilled = true;
  evidence.machine_oom = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::DRILLED);
  // The program was quicker.
  evidence.end = {.exit_code = 1, .signal = 0};
  EXPECT_EQ(JudgeExit(evidence), ExitReason::USER_ERROR);
}

TEST(ExitEvidenceTest, ALimitComesBeforeTheStatus) {
  ExitEvidence evidence = Signalled(SIGKILL);
  evidence.over_tasks = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::TOO_MANY_PROCESSES);
  evidence.over_output = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::OUTPUT_LIMIT);
  evidence.stop_requested = true;
  evidence.over_memory = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::OUT_OF_MEMORY);
}

TEST(ExitEvidenceTest, AStopIsNoError) {
  ExitEvidence evidence = Exited(1);
  evidence.stop_requested = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::STOPPED);
}

TEST(ExitEvidenceTest, WhatTheMachineKilledForMemoryIsTakenForThatOnlyOfASigkill) {
  ExitEvidence evidence = Signalled(SIGKILL);
  evidence.machine_oom = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::OUT_OF_MEMORY);
  evidence = Signalled(SIGTERM);
  evidence.machine_oom = true;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::KILLED);
}

TEST(ExitEvidenceTest, AFullDiskIsKnownByItsWordsOrItsRoom) {
  ExitEvidence evidence = Exited(1);
  evidence.stderr_tail = "OSError: [Errno 28] No space left on device\n";
  EXPECT_EQ(JudgeExit(evidence), ExitReason::DISK_FULL);
  evidence.stderr_tail = "";
  evidence.free_bytes = 4096;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::DISK_FULL);
  evidence.free_bytes = 1U << 30;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::USER_ERROR);
}

TEST(ExitEvidenceTest, RefusedForksAreTheReasonOnlyOfAProgramThatSaysSo) {
  ExitEvidence evidence = Exited(1);
  evidence.refused_tasks = 3;
  EXPECT_EQ(JudgeExit(evidence), ExitReason::USER_ERROR);
  evidence.stderr_tail = "BlockingIOError: [Errno 11] Resource temporarily unavailable\n";
  EXPECT_EQ(JudgeExit(evidence), ExitReason::TOO_MANY_PROCESSES);
  evidence.refused_tasks = 0;  // it was something else that was not available
  EXPECT_EQ(JudgeExit(evidence), ExitReason::USER_ERROR);
}

}  // namespace
}  // namespace mlengine::runner
