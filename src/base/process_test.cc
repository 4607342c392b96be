#include "base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <sstream>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"

// glibc 2.36 declares these for C alone.
extern "C" {
#include <sys/pidfd.h>
}

namespace mlengine {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr milliseconds kLong{30'000};

ProcessSpec Shell(const std::string& script) {
  return {.words = {"sh", "-c", script}};
}

TEST(ProcessTest, TellsHowItEnded) {
  EXPECT_EQ(RunProcess(Shell("exit 3"), kLong)->end.exit_code, 3);
  const ProcessEnd killed = RunProcess(Shell("kill -KILL $$"), kLong)->end;
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_FALSE(killed.ok());
  EXPECT_EQ(Describe(killed), "was killed by signal 9 (SIGKILL)");
  EXPECT_EQ(Describe(ProcessEnd{.exit_code = 3}), "exited with status 3");
}

TEST(ProcessTest, AMissingProgramAndOneThatMayNotRunAreErrors) {
  TempDir dir;
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "data", "x").ok());
  EXPECT_EQ(ChildProcess::Start({.words = {dir / "none"}}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ChildProcess::Start({.words = {dir / "data"}}).status().code(),
            StatusCode::kPermissionDenied);
  EXPECT_EQ(ChildProcess::Start({}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child was left
}

TEST(ProcessTest, EndIsToldOnceAndForAll) {
  Result<ChildProcess> child = ChildProcess::Start(Shell("exit 5"));
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait()->exit_code, 5);
  EXPECT_EQ(child->Wait()->exit_code, 5);
  EXPECT_TRUE(child->Signal(SIGKILL).ok());
  EXPECT_TRUE(child->Signal(SIGKILL, true).ok());
}

TEST(ProcessTest, WaitGivesUpAtItsTimeoutWhileTheProcessRuns) {
  Result<ChildProcess> child =
      ChildProcess::Start({.words = {"sleep", "1000"}, .new_session = true});
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(milliseconds(0)), std::nullopt);
  ASSERT_TRUE(child->Signal(SIGTERM, true).ok());
  EXPECT_EQ(child->Wait()->signal, SIGTERM);
}

TEST(ProcessTest, EnvironmentAndFolderAreThoseOfTheSpec) {
  TempDir dir;
  ProcessSpec spec = Shell("pwd; env");
  spec.folder = dir.path();
  spec.environment = {{"A", "b=c"}, {"PATH", "/usr/bin:/bin"}};
  const Result<ProcessOutput> out = RunProcess(spec, kLong);
  ASSERT_TRUE(out.ok());
  EXPECT_THAT(out->tail, HasSubstr(dir.path() + "\n"));
  EXPECT_THAT(out->tail, HasSubstr("A=b=c\n"));
  EXPECT_EQ(out->tail.find("HOME="), std::string::npos);
}

TEST(ProcessTest, NoDescriptorAndNoSignalSettingOfTheCallerReachesTheChild) {
  const UniqueFd leaky(::fcntl(0, F_DUPFD, 77));  // without O_CLOEXEC
  ::signal(SIGUSR1, SIG_IGN);
  sigset_t mask;
  sigset_t before;
  ::sigemptyset(&mask);
  ::sigaddset(&mask, SIGUSR2);
  ::sigprocmask(SIG_BLOCK, &mask, &before);
  const Result<ProcessOutput> out =
      RunProcess({.words = {"grep", "-hE", "Sig(Blk|Ign)", "/proc/self/status"}}, kLong);
  const Result<ProcessOutput> fds = RunProcess(Shell("echo /proc/$$/fd/*"), kLong);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGUSR1, SIG_DFL);
  ASSERT_TRUE(out.ok() && fds.ok());
  std::uint64_t blocked = 1;
  std::uint64_t ignored = 1;
  std::string word;
  std::istringstream(out->tail) >> word >> std::hex >> blocked >> word >> ignored;
  EXPECT_EQ(blocked, 0U);
  EXPECT_EQ(ignored & 0x7fffffff, 0U);  // 32 and 33 belong to the C library
  EXPECT_EQ(fds->tail.find("/fd/" + std::to_string(leaky.get())), std::string::npos) << fds->tail;
}

TEST(ProcessTest, DiesWithItsStarterWhenAskedTo) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    ProcessSpec spec{.words = {"sleep", "1000"}, .die_with_starter = true};
    const Result<ChildProcess> child = ChildProcess::Start(spec);
    const pid_t pid = child.ok() ? child->pid() : -1;
    if (::write(ends[1], &pid, sizeof(pid)) != sizeof(pid)) ::_exit(1);
    ::pause();
  }
  pid_t pid = -1;
  ASSERT_EQ(::read(ends[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
  const UniqueFd process(::pidfd_open(pid, 0));
  ASSERT_TRUE(process.ok());
  ::kill(starter, SIGKILL);
  ::waitpid(starter, nullptr, 0);
  pollfd ended{process.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, static_cast<int>(kLong.count())), 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ProcessTest, BothWaysOfStartingGiveTheSameChild) {
  TempDir dir;
  const UniqueFd out(::open((dir / "out").c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
  ::signal(SIGUSR1, SIG_IGN);
  std::vector<std::string> seen;
  for (const bool forked : {false, true}) {
    ProcessSpec spec = Shell(
        "pwd; echo $A; test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo leads; "
        "grep SigIgn /proc/self/status | tail -c 9");
    spec.folder = "/";
    spec.environment = {{"A", "b"}, {"PATH", "/usr/bin:/bin"}};
    spec.stdout_fd = out.get();
    spec.new_session = true;
    spec.die_with_starter = forked;
    ASSERT_EQ(::ftruncate(out.get(), 0), 0);
    Result<ChildProcess> child = ChildProcess::Start(spec);
    ASSERT_TRUE(child.ok()) << child.status().ToString();
    EXPECT_TRUE(child->Wait()->ok());
    seen.push_back(*RealFileSystem().Read(dir / "out"));
    spec.words = {dir / "none"};
    EXPECT_EQ(ChildProcess::Start(spec).status().code(), StatusCode::kNotFound);
  }
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_THAT(seen[1], ::testing::StartsWith("/\nb\nleads\n0000000"));
  EXPECT_THAT(seen[0], ::testing::StartsWith("/\nb\nleads\n"));
}

TEST(ProcessTest, WhereItCannotBeBornInAGroupItIsStartedAsUsual) {
  TempDir dir;
  const UniqueFd no_group(::open((dir / "").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ProcessSpec spec = Shell("exit 3");
  spec.born_in = no_group.get();
  Result<ChildProcess> child = ChildProcess::Start(spec);
  ASSERT_TRUE(child.ok()) << child.status().ToString();
  EXPECT_EQ(child->Wait()->exit_code, 3);
  spec.words = {dir / "none"};
  EXPECT_EQ(ChildProcess::Start(spec).status().code(), StatusCode::kNotFound);
}

TEST(ProcessTest, DescriptorsMayBeSwapped) {
  TempDir dir;
  const UniqueFd out(::open((dir / "out").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  const UniqueFd err(::open((dir / "err").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  ProcessSpec spec = Shell("echo to-out; echo to-err >&2");
  spec.stdout_fd = out.get();
  spec.stderr_fd = err.get();
  Result<ChildProcess> child = ChildProcess::Start(spec);
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE(child->Wait()->ok());
  EXPECT_EQ(*RealFileSystem().Read(dir / "out"), "to-out\n");
  EXPECT_EQ(*RealFileSystem().Read(dir / "err"), "to-err\n");
}

TEST(RunProcessTest, HandsOnLinesAndKeepsTheTail) {
  std::vector<std::string> lines;
  const Result<ProcessOutput> out = RunProcess(
      Shell("echo one; echo two >&2; printf three"), kLong,
      [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
      },
      5);
  ASSERT_TRUE(out.ok());
  EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
  EXPECT_EQ(out->tail, "three");
}

TEST(RunProcessTest, LargeOutputComesWhole) {
  std::size_t bytes = 0;
  const Result<ProcessOutput> out =
      RunProcess(Shell("head -c 5000000 /dev/zero"), kLong, [&](std::string_view line) {
        bytes += line.size();
        return true;
      });
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(bytes, 5'000'000U);
  EXPECT_EQ(out->tail.size(), 8192U);
}

TEST(RunProcessTest, ASilentProgramCanBeStopped) {
  EXPECT_EQ(RunProcess(Shell("sleep 60"), kLong, {}, 100, [] { return false; }).status().code(),
            StatusCode::kCancelled);
}

TEST(RunProcessTest, DeadlineAndRefusalKillTheWholeGroup) {
  EXPECT_EQ(RunProcess(Shell("sleep 1000 & sleep 1000"), milliseconds(1)).status().code(),
            StatusCode::kDeadlineExceeded);
  UniqueFd grandchild;
  const Result<ProcessOutput> out =
      RunProcess(Shell("sleep 1000 & echo $!; wait"), kLong, [&](std::string_view line) {
        grandchild.reset(::pidfd_open(std::stoi(std::string(line)), 0));
        return false;
      });
  EXPECT_EQ(out.status().code(), StatusCode::kCancelled);
  pollfd ended{grandchild.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, static_cast<int>(kLong.count())), 1);
}

TEST(RunProcessTest, DoesNotWaitForWhatTheProgramLeftBehind) {
  const Result<ProcessOutput> out = RunProcess(Shell("sleep 1000 & echo done"), kLong);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->tail, "done\n");
}

}  // namespace
}  // namespace mlengine
