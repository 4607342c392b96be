#include "runner/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

// Real processes, without a group: what is left to a runner that may make none.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
  }
  void TearDown() override { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

  void Start(const std::string& script) {
    const Status started = program_.Start({.words = {"/bin/sh", "-c", script},
                                           .environment = {{"PATH", "/usr/bin:/bin"}},
                                           .folder = "/",
                                           .stdout_fd = null_.get(),
                                           .stderr_fd = null_.get()});
    ASSERT_TRUE(started.ok()) << started.ToString();
  }
  // Waits until it has that many processes and threads.
  bool Grows(std::int64_t tasks) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (program_.Measure(1LL << 40).tasks < tasks) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool Ends() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!program_.KillAll()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  Program program_;
  UniqueFd null_;
};

TEST_F(ProgramTest, KillsWhatForksOnAndOn) {
  // Each of them starts its successor and ends: a chain that moves as fast as it can.
  Start("f() { (f &) ; }; g() { while :; do (exec true) & done; }; g & g & g & g & wait");
  EXPECT_TRUE(Grows(4));
  EXPECT_TRUE(Ends());
  EXPECT_TRUE(ChildrenOf(::getpid()).empty());
}

TEST_F(ProgramTest, KillsWhatLeftItsSessionAndParentAndEnvironment) {
  Start(
      "trap '' TERM; (setsid env -i /bin/sh -c 'kill -STOP $$' &); (setsid sleep 1000 &); sleep "
      "1000");
  EXPECT_TRUE(Grows(4));
  EXPECT_TRUE(Ends());
}

TEST_F(ProgramTest, CountsProcessesAndThreads) {
  Start("sleep 1000 & sleep 1000 & wait");
  EXPECT_TRUE(Grows(3));
  EXPECT_EQ(program_.Measure(1LL << 40).tasks, 3);
  EXPECT_TRUE(Ends());
  EXPECT_EQ(program_.Measure(1LL << 40).tasks, 0);
}

}  // namespace
}  // namespace mlengine::runner
