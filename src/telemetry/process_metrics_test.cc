#include "telemetry/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>

namespace mlengine::telemetry {
namespace {

using ::testing::HasSubstr;

double ValueOf(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

TEST(ProcessMetricsTest, TellsWhatThisProcessTakes) {
  Metrics metrics;
  ShowProcess(metrics, "1.2.3");
  const std::string before = metrics.Render();
  EXPECT_THAT(before, HasSubstr("mlengine_build_info{version=\"1.2.3\"} 1"));
  EXPECT_GT(ValueOf(before, "process_resident_memory_bytes"), 1e6);
  EXPECT_LT(ValueOf(before, "process_resident_memory_bytes"), 1e12);
  EXPECT_GE(ValueOf(before, "process_threads"), 1);
  const double started = ValueOf(before, "process_start_time_seconds");
  EXPECT_NEAR(started, static_cast<double>(std::time(nullptr)), 3600);

  const int descriptor = ::dup(0);
  ASSERT_GE(descriptor, 0);
  volatile double sink = 0;
  const std::clock_t until = std::clock() + CLOCKS_PER_SEC / 10;
  while (std::clock() < until) sink = sink + 1;
  const std::string after = metrics.Render();
  EXPECT_EQ(ValueOf(after, "process_open_fds"), ValueOf(before, "process_open_fds") + 1);
  EXPECT_GE(ValueOf(after, "process_cpu_seconds_total"),
            ValueOf(before, "process_cpu_seconds_total") + 0.05);
  ::close(descriptor);
}

}  // namespace
}  // namespace mlengine::telemetry
