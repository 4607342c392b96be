#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/testing/temp_dir.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;

class LocalTrainTest : public testing::Test {
 protected:
  // Writes the module and runs `local train` in a child, as ProcessFamily is one per program.
  pid_t Start(const std::string& code, std::vector<std::string> more) {
    EXPECT_TRUE(RealFileSystem().MakeDirectories(dir_ / "trainer").ok());
    EXPECT_TRUE(RealFileSystem().WriteAtomic(dir_ / "trainer/__init__.py", "").ok());
    EXPECT_TRUE(RealFileSystem().WriteAtomic(dir_ / "trainer/task.py", code).ok());
    std::vector<std::string> words = {"local", "train", "--module-name=trainer.task",
                                      "--package-path", dir_ / "trainer/"};
    words.insert(words.end(), more.begin(), more.end());
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    FakeRun run;
    run.environment["PATH"] = std::getenv("PATH");
    const int code_of_run = run.Run(words);
    std::ofstream(dir_ / "err") << run.err.str();
    ::_exit(code_of_run);
  }
  static int Wait(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string Text(const std::string& name) {
    return RealFileSystem().Read(dir_ / name).value_or("");
  }
  // Waits until the module has written its file; bounded.
  bool Appears(const std::string& name) {
    for (int i = 0; i < 1000 && Text(name).empty(); ++i) ::usleep(10'000);
    return !Text(name).empty();
  }

  TempDir dir_;
};

TEST_F(LocalTrainTest, RunsInThePackagesParentAndEndsWithItsCode) {
  const char code[] =
      "import os, sys\nopen('seen', 'w').write(os.getcwd() + ' ' + ' "
      "'.join(sys.argv[1:]))\nsys.exit(3)\n";
  EXPECT_EQ(Wait(Start(code, {"--job-dir=out", "--", "--epochs", "3"})), 3);
  EXPECT_EQ(Text("seen"), dir_.path() + " --epochs 3 --job-dir out");
}

TEST_F(LocalTrainTest, AMissingModuleEndsWithOne) {
  EXPECT_EQ(Wait(Start("import nowhere\n", {})), 1);
}

TEST_F(LocalTrainTest, ThePrimaryIsMasterWithTensorFlow1) {
  ASSERT_TRUE(RealFileSystem()
                  .WriteAtomic(dir_ / "python",
                               "#!/bin/sh\n[ \"$1\" = -c ] && echo 1.15.5 && exit 0\nprintf %s "
                               "\"$TF_CONFIG\" > seen\n")
                  .ok());
  ASSERT_EQ(::chmod((dir_ / "python").c_str(), 0755), 0);
  EXPECT_EQ(Wait(Start("", {"--python", dir_ / "python", "--distributed",
                            "--parameter-server-count=0", "--worker-count=0"})),
            0);
  EXPECT_THAT(Text("seen"),
              HasSubstr(R"("task": {"type": "master", "index": 0}, "cluster": {"master": )"));
}

constexpr char kCluster[] =
    "import json, os, subprocess, sys, time\n"
    "t = json.loads(os.environ['TF_CONFIG'])['task']\n"
    "if t['type'] == 'worker': sys.exit(7)\n"
    "if t['type'] == 'ps':\n"
    "  c = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
    "  open('tmp', 'w').write('%d %d' % (os.getpid(), c.pid))\n"
    "  os.rename('tmp', 'pids')\n"
    "  time.sleep(1000)\n"
    "while not os.path.exists('pids'): time.sleep(0.01)\n"
    "if len(sys.argv) > 1: time.sleep(1000)\n"
    "sys.exit(5)\n";

bool IsGone(pid_t pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

TEST_F(LocalTrainTest, TheOthersAndTheirChildrenEndWithThePrimary) {
  EXPECT_EQ(
      Wait(Start(kCluster, {"--distributed", "--parameter-server-count=1", "--worker-count=1"})),
      5);
  int ps = 0;
  int grandchild = 0;
  std::istringstream(Text("pids")) >> ps >> grandchild;
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(IsGone(ps));
  EXPECT_TRUE(IsGone(grandchild));
}

TEST_F(LocalTrainTest, ASignalLeavesNothingRunning) {
  const pid_t pid = Start(
      kCluster, {"--distributed", "--parameter-server-count=1", "--worker-count=0", "--", "stay"});
  ASSERT_TRUE(Appears("pids"));
  ::kill(pid, SIGTERM);
  EXPECT_EQ(Wait(pid), 128 + SIGTERM);
  int ps = 0;
  int grandchild = 0;
  std::istringstream(Text("pids")) >> ps >> grandchild;
  EXPECT_TRUE(IsGone(ps));
  EXPECT_TRUE(IsGone(grandchild));
}

}  // namespace
}  // namespace mlengine::cli
