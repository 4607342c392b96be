#include "runner/process_use.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <vector>

#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

using std::chrono::milliseconds;

TEST(ProcessUse, ReadsThroughAnyName) {
  const auto use = ParseProcessStat(
      "4242 (a) S 7 (b) R 1 2 3 4 5 6 7 8 9 10 100 20 7 3 20 0 12 0 555 104857600 2500 "
      "18446744073709551615 1 1 0 0");
  ASSERT_TRUE(use.has_value());
  EXPECT_EQ(use->state, 'R');
  EXPECT_EQ(use->cpu_user, milliseconds(1070));
  EXPECT_EQ(use->cpu_system, milliseconds(230));
  EXPECT_EQ(use->threads, 12);
  EXPECT_EQ(use->resident_bytes, 2500 * ::sysconf(_SC_PAGE_SIZE));
}

TEST(ProcessUse, RefusesWhatIsNone) {
  for (const char* text :
       {"", "1", "1 (", "1 (a)", "1 (a) ", "1 (a) R", "1 (a) R 1 2 3", "1 (a) R x"})
    EXPECT_FALSE(ParseProcessStat(text).has_value()) << text;
}

TEST(ProcessUse, OfThisProcess) {
  const std::size_t size = 64U << 20;
  void* held = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(held, MAP_FAILED);
  const auto before = ReadProcessUse(::getpid());
  ASSERT_TRUE(before.has_value());
  EXPECT_GE(before->resident_bytes, static_cast<std::int64_t>(size));
  EXPECT_GE(before->threads, 1);
  const auto pss = ReadPss(::getpid());
  ASSERT_TRUE(pss.has_value());
  EXPECT_GE(*pss, static_cast<std::int64_t>(size));
  ::munmap(held, size);
  EXPECT_LT(*ReadPss(::getpid()), *pss - static_cast<std::int64_t>(size / 2));
  timespec now{};
  const auto cpu_ms = [&] {
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
  };
  for (const auto until = cpu_ms() + 200; cpu_ms() < until;) {
  }
  const auto after = ReadProcessUse(::getpid());
  const auto used = after->cpu_user + after->cpu_system - before->cpu_user - before->cpu_system;
  EXPECT_GE(used, milliseconds(150));
  EXPECT_LE(used, milliseconds(1000));
}

// Of what two processes share each page counts once; the larger is looked at first, and what there
// was no time for is told.
TEST(ProcessUse, SumsWhatProcessesShareOnce) {
  const std::size_t size = 64U << 20;
  void* held = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(held, MAP_FAILED);
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  const auto large = ReadProcessUse(::getpid())->resident_bytes;
  const std::vector<Resident> both = {{child, large / 2}, {::getpid(), large}};
  const std::int64_t all = std::int64_t{1} << 60;
  const PssSum sum = SumPss(both, all, std::chrono::seconds(60));
  EXPECT_TRUE(sum.any_told);
  EXPECT_GE(sum.bytes, static_cast<std::int64_t>(size));
  EXPECT_LT(sum.bytes, static_cast<std::int64_t>(size) * 2);
  EXPECT_EQ(sum.resident_of_seen, large + large / 2);
  EXPECT_EQ(sum.resident_of_rest, 0);
  const PssSum enough = SumPss(both, 1, std::chrono::seconds(60));
  EXPECT_EQ(enough.resident_of_seen, large);
  EXPECT_EQ(enough.resident_of_rest, large / 2);
  const PssSum impatient = SumPss(both, all, milliseconds(-1000));
  EXPECT_EQ(impatient.bytes, 0);
  EXPECT_EQ(impatient.resident_of_rest, large + large / 2);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  // One that has gone had nothing.
  EXPECT_EQ(SumPss({{child, large}}, all, std::chrono::seconds(60)).bytes, 0);
  ::munmap(held, size);
}

TEST(ProcessUse, OfNobodyThereIsNone) {
  const pid_t nobody = 1 << 22;  // the most that a kernel gives, plus 1
  EXPECT_FALSE(ReadProcessUse(nobody).has_value());
  EXPECT_FALSE(ReadPss(nobody).has_value());
  EXPECT_FALSE(ReadBlockBytes(nobody).has_value());
}

TEST(ProcessUse, FindsTheSockets) {
  std::set<std::uint32_t> before;
  AddSockets(::getpid(), before);
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueFd one(ends[0]);
  const UniqueFd two(ends[1]);
  std::set<std::uint32_t> after;
  AddSockets(::getpid(), after);
  EXPECT_EQ(after.size(), before.size() + 2);
}

}  // namespace
}  // namespace mlengine::runner
