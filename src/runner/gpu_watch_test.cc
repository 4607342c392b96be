#include "runner/gpu_watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(GpuLine, ReadsWhatItTells) {
  const GpuLine line = ParseGpuLine("GPU-6f2c, 97, 40321");
  EXPECT_EQ(line.uuid, "GPU-6f2c");
  EXPECT_EQ(line.use, (model::GpuSample{97, std::int64_t{40321} << 20}));
  EXPECT_EQ(ParseGpuLine("MIG-1, [N/A], 5\r").use, (model::GpuSample{std::nullopt, 5 << 20}));
  EXPECT_EQ(ParseGpuLine("GPU-1, 101, [Not Supported]").use, model::GpuSample{});
  for (const char* text : {"", "0, GPU-aaaa, Test Device 3000, 24576", "No devices were found",
                           "GPU-1, 5, 6, 7", "uuid, utilization.gpu [%], memory.used [MiB]"})
    EXPECT_EQ(ParseGpuLine(text).uuid, "") << text;
}

// A script in the place of nvidia-smi.
class GpuWatchTest : public testing::Test {
 protected:
  std::string Script(const std::string& text) {
    const std::string path = folder_ / "nvidia-smi";
    std::ofstream(path) << "#!/bin/sh\n" << text;
    ::chmod(path.c_str(), 0755);
    return path;
  }
  template <typename Condition>
  bool Until(GpuWatch& watch, Condition holds) {
    const auto until = steady_clock::now() + seconds(20);
    while (steady_clock::now() < until) {
      watch.Look(steady_clock::now());
      if (holds()) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }
  TempDir folder_;
};

TEST_F(GpuWatchTest, TellsTheMeanDutyOfTheReplicasGpusAlone) {
  GpuWatch watch(Script("echo \"$@\" > \"$(dirname \"$0\")/asked\"\n"
                        "echo 'GPU-x, 99, 99'; echo 'GPU-b, 10, 100'; echo 'GPU-b, 30, 300'\n"
                        "printf 'GPU-a, [N/A'; echo '], 200'\n"
                        "exec sleep 1000\n"),
                 {"GPU-a", "GPU-b"});
  ASSERT_TRUE(Until(watch, [&] { return watch.peaks()[0].memory_bytes > 0; }));
  const auto now = steady_clock::now();
  const std::vector<model::GpuSample> samples = watch.Take(now);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0], (model::GpuSample{std::nullopt, 200 << 20}));
  EXPECT_EQ(samples[1], (model::GpuSample{20, 300 << 20}));
  EXPECT_EQ(watch.Take(now)[1].duty_percent, 30) << "nothing new: the newest";
  EXPECT_EQ(watch.Take(now + seconds(60))[1], model::GpuSample{}) << "nothing for too long";
  EXPECT_EQ(watch.peaks()[1].duty_sum, 40);
  EXPECT_EQ(
      *RealFileSystem().Read(folder_ / "asked"),
      "--query-gpu=uuid,utilization.gpu,memory.used --format=csv,noheader,nounits --loop=2\n");
}

TEST_F(GpuWatchTest, OneThatEndsIsStartedAgainAfterAWhile) {
  GpuWatch watch(Script("echo x >> \"$(dirname \"$0\")/starts\"; exit 9\n"), {"GPU-a"});
  watch.Look(steady_clock::now());
  const std::optional<pid_t> first = watch.pid();
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(Until(watch, [&] { return !watch.pid(); }));
  EXPECT_EQ(::waitpid(*first, nullptr, 0), *first);
  watch.Look(steady_clock::now() + seconds(29));
  EXPECT_FALSE(watch.pid().has_value());
  EXPECT_EQ(watch.Take(steady_clock::now())[0], model::GpuSample{});
  watch.Look(steady_clock::now() + seconds(31));
  ASSERT_TRUE(watch.pid().has_value());
  EXPECT_NE(watch.pid(), first);
}

TEST_F(GpuWatchTest, OneThatIsSilentIsEnded) {
  GpuWatch watch(Script("sleep 1000; echo\n"), {"GPU-a"});
  const auto now = steady_clock::now();
  watch.Look(now);
  const std::optional<pid_t> child = watch.pid();
  ASSERT_TRUE(child.has_value());
  watch.Look(now + seconds(19));
  EXPECT_EQ(watch.pid(), child);
  watch.Look(now + seconds(21));
  EXPECT_FALSE(watch.pid().has_value());
  int status = 0;
  EXPECT_EQ(::waitpid(*child, &status, 0), *child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(GpuWatchTest, WithoutGpusOrProgramThereIsNothing) {
  GpuWatch none(Script("echo 'GPU-a, 1, 1'; sleep 1000"), {});
  none.Look(steady_clock::now());
  EXPECT_FALSE(none.pid().has_value());
  EXPECT_TRUE(none.Take(steady_clock::now()).empty());
  GpuWatch absent(folder_ / "nothing", {"GPU-a"});
  absent.Look(steady_clock::now());
  EXPECT_FALSE(absent.pid().has_value());
  EXPECT_EQ(absent.Take(steady_clock::now()).size(), 1U);
}

}  // namespace
}  // namespace mlengine::runner
