#include "base/control_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file_system.h"
#include "base/process.h"
#include "base/testing/temp_dir.h"

namespace mlengine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "mlengine-1-aa.master-0.0";

// Folders laid out as the kernel shows them; the limits are plain files here.
class ControlGroupTest : public ::testing::Test {
 protected:
  void File(const std::string& path, const std::string& text) {
    const std::string whole = dir_ / path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole) << text;
  }
  std::string Text(const std::string& path) {
    return RealFileSystem().Read(dir_ / path).value_or("none");
  }
  ControlGroup::Places Places() { return {dir_ / "cgroup", dir_ / "own"}; }
  // The folders that are made, without the temporary folder.
  std::vector<std::string> Made() {
    const auto made = ControlGroup::Make(kName, {1000, 50}, Places());
    if (!made.ok()) return {made.status().message()};
    std::vector<std::string> out;
    for (const std::string& folder : (*made)->folders())
      out.push_back(folder.substr((dir_ / "cgroup/").size()));
    return out;
  }

  TempDir dir_;
};

TEST_F(ControlGroupTest, OfVersionOneItIsMadeBelowTheOwnOfEachController) {
  File("own", "9:name=systemd:/\n5:pids:/y\n4:cpu,memory:/user/x\n3:freezer:/\n");
  File("cgroup/memory/user/x/cgroup.procs", "");
  File("cgroup/pids/y/cgroup.procs", "");
  File("cgroup/freezer/cgroup.procs", "");
  EXPECT_THAT(Made(), ElementsAre("memory/user/x/" + std::string(kName),
                                  "pids/y/" + std::string(kName), "freezer/" + std::string(kName)));
}

TEST_F(ControlGroupTest, InAContainerThePathIsTheRoot) {
  File("own", "4:memory:/docker/abc\n");
  File("cgroup/memory/cgroup.procs", "");
  EXPECT_THAT(Made(), ElementsAre("memory/" + std::string(kName)));
}

TEST_F(ControlGroupTest, InAHybridLayoutVersionTwoEndsItAndTheFreezerIsNotNeeded) {
  File("own", "4:memory:/\n3:freezer:/\n0::/\n");
  File("cgroup/memory/cgroup.procs", "");
  File("cgroup/freezer/cgroup.procs", "");
  File("cgroup/unified/cgroup.procs", "");
  EXPECT_THAT(Made(), ElementsAre("memory/" + std::string(kName), "unified/" + std::string(kName)));
}

TEST_F(ControlGroupTest, OfVersionTwoTheNearestThatGivesTheControllersOn) {
  File("own", "0::/user.slice/app.slice/a.scope\n");
  File("cgroup/cgroup.controllers", "cpu memory pids");
  for (const char* folder :
       {"", "user.slice/", "user.slice/app.slice/", "user.slice/app.slice/a.scope/"})
    File("cgroup/" + std::string(folder) + "cgroup.procs", "");
  File("cgroup/cgroup.subtree_control", "cpu memory pids");
  File("cgroup/user.slice/app.slice/cgroup.subtree_control", "cpu memory pids\n");
  EXPECT_THAT(Made(), ElementsAre("user.slice/app.slice/" + std::string(kName)));
  // One that gives no limit still ends all of it at once.
  File("cgroup/cgroup.subtree_control", "cpu");
  File("cgroup/user.slice/app.slice/cgroup.subtree_control", "memoryless");
  EXPECT_THAT(Made(), ElementsAre("user.slice/app.slice/a.scope/" + std::string(kName)));
}

TEST_F(ControlGroupTest, WritesItsLimitsAndSaysWhichItKeeps) {
  File("own", "0::/\n");
  File("cgroup/cgroup.controllers", "memory pids");
  File("cgroup/cgroup.procs", "");
  File("cgroup/cgroup.subtree_control", "memory");
  const std::string group = "cgroup/" + std::string(kName);
  for (const char* file : {"/memory.max", "/memory.oom.group", "/cgroup.procs", "/cgroup.kill"})
    File(group + file, "");
  File(group + "/memory.events", "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1\n");
  const auto made = ControlGroup::Make(kName, {1000, 50}, Places());
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE((*made)->keeps_memory());
  EXPECT_FALSE((*made)->keeps_tasks());
  EXPECT_EQ((*made)->version(), "version 2");
  EXPECT_EQ(Text(group + "/memory.max"), "1000");
  EXPECT_EQ(Text(group + "/memory.oom.group"), "1");
  EXPECT_EQ((*made)->OomKills(), 2);
  ASSERT_TRUE((*made)->Add(17).ok());
  EXPECT_EQ(Text(group + "/cgroup.procs"), "17");
  (*made)->Kill();
  EXPECT_EQ(Text(group + "/cgroup.kill"), "1");
}

TEST_F(ControlGroupTest, SaysThatNoneMayBeMade) {
  File("own", "0::/\n");
  EXPECT_THAT(Made(), ElementsAre(HasSubstr("no cgroup may be made")));
  File("own", "");
  EXPECT_THAT(Made(), ElementsAre(HasSubstr("no cgroup may be made")));
}

TEST_F(ControlGroupTest, GroupsOfDeadMakersAreTakenAway) {
  File("own", "4:memory:/\n");
  File("cgroup/memory/cgroup.procs", "");
  // No process has a number beyond the kernel's largest.
  const std::string dead = dir_ / "cgroup/memory/mlengine-4194999-aa";
  const std::string living = dir_ / "cgroup/memory/mlengine-1-aa";
  const std::string other = dir_ / "cgroup/memory/other-4194999";
  for (const std::string& path : {dead + "/below", living, other})
    std::filesystem::create_directories(path);
  ControlGroup::Sweep("mlengine", Places());
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(living));
  EXPECT_TRUE(std::filesystem::exists(other));
}

// The real kernel's, where it lets us; once as it is laid out, once without version 2, so that the
// freezer is used.
class RealControlGroupTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::string own = RealFileSystem().Read("/proc/self/cgroup").value_or("");
    if (GetParam()) {
      const std::size_t second = own.find("0::");
      if (second != std::string::npos) own.resize(second);
    }
    std::ofstream(dir_ / "own") << own;
    auto made = ControlGroup::Make(ControlGroup::NameOf("mlengine-test", ::getpid(), "real"),
                                   {256LL << 20, 40}, {.own = dir_ / "own"});
    if (!made.ok()) GTEST_SKIP() << made.status().message();
    group_ = *std::move(made);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  void TearDown() override { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

  // Stopped until it is in the group.
  pid_t Start(const std::string& script) {
    const auto child =
        ChildProcess::Start({.words = {"/bin/sh", "-c", "kill -STOP $$; " + script}});
    EXPECT_TRUE(child.ok());
    int status = 0;
    ::waitpid(child->pid(), &status, WUNTRACED);
    EXPECT_TRUE(group_->Add(child->pid()).ok());
    ::kill(child->pid(), SIGCONT);
    return child->pid();
  }
  // Kills until nothing is left; false when that takes longer than a generous bound.
  bool End() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      group_->Kill();
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      if (group_->IsEmpty()) return true;
      std::this_thread::yield();
    }
    return false;
  }

  TempDir dir_;
  std::unique_ptr<ControlGroup> group_;
};

TEST_P(RealControlGroupTest, EndsABombAtItsLimit) {
  Start("f() { f & f & while :; do :; done; }; f");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (group_->RefusedTasks() == 0 && group_->keeps_tasks() &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(!group_->keeps_tasks() || group_->RefusedTasks() > 0);
  EXPECT_TRUE(End());
  EXPECT_TRUE(group_->Remove());
}

TEST_P(RealControlGroupTest, NoNewSessionAndNoStoppedProcessEscapes) {
  Start("trap '' TERM; (setsid sh -c 'kill -STOP $$' &); (setsid env -i sleep 1000 &); sleep 1000");
  EXPECT_FALSE(group_->IsEmpty());
  EXPECT_EQ(group_->OomKills(), 0);
  EXPECT_TRUE(End());
}

// Whatever it starts first, before its starter has heard of it at all.
TEST_P(RealControlGroupTest, AProgramIsBornInIt) {
  const UniqueFd folder = group_->OpenForBirth();
  if (GetParam()) return;  // it has no version 2
  if (!folder.ok()) GTEST_SKIP() << "this machine has no version 2";
  const auto child = ChildProcess::Start(
      {.words = {"/bin/sh", "-c", "(setsid env -i sleep 1000 &); kill -KILL $$"},
       .born_in = folder.get()});
  ASSERT_TRUE(child.ok());
  ::waitpid(child->pid(), nullptr, 0);
  EXPECT_EQ(group_->Born().size(), 1U);
  EXPECT_TRUE(End());
}

// Of a maker that is dead: by its folders alone.
TEST_P(RealControlGroupTest, IsOpenedAgainByItsFolders) {
  const pid_t pid = Start("sleep 1000");
  const auto again = ControlGroup::Open(group_->folders());
  ASSERT_FALSE(again->IsEmpty());
  again->Kill();
  ::waitpid(pid, nullptr, 0);
  // What the shell had started is nobody's child here, and leaves in its own time.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!again->IsEmpty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(again->IsEmpty());
  EXPECT_TRUE(again->Remove());
  EXPECT_THAT(ControlGroup::Open(group_->folders())->folders(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(AsItIsAndWithoutVersionTwo, RealControlGroupTest, ::testing::Bool());

}  // namespace
}  // namespace mlengine
