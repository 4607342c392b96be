#include "metrics/job_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temp_dir.h"

namespace mlengine::metrics {
namespace {

using model::ResourceSample;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Time kStart{Nanoseconds(1'514'862'245'000'000'000)};

class JobSamplesTest : public testing::Test {
 protected:
  // Half a CPU, 1000 bytes a second written, 10 sent.
  static ResourceSample At(milliseconds elapsed) {
    ResourceSample sample;
    sample.elapsed = elapsed;
    sample.cpu_user = elapsed / 2;
    sample.memory_bytes = 1'000'000 + elapsed.count();
    sample.processes = 2;
    sample.threads = 5;
    sample.disk = model::DiskSample{0, elapsed.count()};
    sample.network = model::NetworkSample{elapsed.count() / 100, 0, 0, 0, false};
    return sample;
  }
  void Write(const std::string& name, Time start, const std::vector<ResourceSample>& samples) {
    std::string bytes = model::SampleFileHeader(start);
    for (const ResourceSample& sample : samples) model::EncodeSample(sample, bytes);
    Append(name, bytes);
  }
  void Append(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << bytes;
  }
  MetricAnswer Read(const MetricQuery& query = {}) {
    Result<MetricAnswer> answer = samples_.Read(
        {{"master", {folder_ / "samples-0", folder_ / "samples-1"}}, {"worker", {folder_ / "w"}}},
        query);
    EXPECT_TRUE(answer.ok());
    return answer.value_or({});
  }
  static std::vector<std::string> Names(const MetricAnswer& answer) {
    std::vector<std::string> out;
    for (const RunSeries& series : answer.series) out.push_back(series.run + " " + series.tag);
    return out;
  }
  static std::vector<double> Values(const RunSeries& series) {
    std::vector<double> out;
    for (const insight::MetricPoint& point : series.points) out.push_back(point.value);
    return out;
  }

  const TempDir folder_;
  JobSamples samples_{RealFileSystem()};
};

TEST_F(JobSamplesTest, MakesSeriesWithRates) {
  Write("samples-0", kStart, {At(seconds(0)), At(seconds(1)), At(milliseconds(3500))});
  const MetricAnswer answer = Read();
  EXPECT_THAT(answer.warnings, IsEmpty());
  EXPECT_THAT(Names(answer),
              ElementsAre("master cpu", "master disk_read", "master disk_written",
                          "master loopback_received", "master loopback_sent", "master memory",
                          "master network_received", "master network_sent", "master processes",
                          "master threads"));
  EXPECT_THAT(Values(answer.series[0]), ElementsAre(0.5, 0.5));
  EXPECT_THAT(Values(answer.series[2]), ElementsAre(1000, 1000));
  EXPECT_THAT(Values(answer.series[5]), ElementsAre(1'000'000, 1'001'000, 1'003'500));
  EXPECT_THAT(Values(answer.series[7]), ElementsAre(10, 10));
  EXPECT_EQ(answer.series[5].points[2].step, 3);
  EXPECT_EQ(answer.series[5].points[2].time, kStart + milliseconds(3500));
  EXPECT_EQ(answer.series[5].summary.count, 3U);
  EXPECT_EQ(answer.series[5].summary.greatest, 1'003'500);
}

TEST_F(JobSamplesTest, ARestartGoesOnInTheSameSeries) {
  Write("samples-0", kStart, {At(seconds(0)), At(seconds(2))});
  EXPECT_EQ(Read({.tags = {"memory"}}).series[0].points.size(), 2U);
  Write("samples-1", kStart + seconds(10), {At(seconds(0)), At(seconds(1))});
  const MetricAnswer answer = Read({.tags = {"memory", "cpu"}});
  ASSERT_EQ(answer.series.size(), 2U);
  EXPECT_THAT(Values(answer.series[0]), ElementsAre(0.5, 0.5)) << "none across the restart";
  EXPECT_EQ(answer.series[1].points[3].step, 11);
  EXPECT_EQ(Read({.tags = {"memory"}, .after_step = 10}).series[0].points.size(), 1U);
}

TEST_F(JobSamplesTest, StepsNeverGoBack) {
  Write("samples-0", kStart, {At(seconds(0)), At(seconds(100))});
  Write("samples-1", kStart - seconds(500), {At(seconds(0)), At(seconds(1))});
  const MetricAnswer answer = Read({.tags = {"memory"}});
  EXPECT_EQ(answer.series[0].points[3].step, 100);
}

TEST_F(JobSamplesTest, MarksWhatIsNotTheReplicas) {
  ResourceSample first = At(seconds(1));
  first.network->of_host = true;
  first.memory_is_resident = true;
  first.disk.reset();
  first.gpus = {{50, std::nullopt}, {std::nullopt, 1 << 20}};
  ResourceSample second = first;
  second.elapsed = seconds(2);
  Write("w", kStart, {first, second});
  EXPECT_THAT(Names(Read({.runs = {"work*"}})),
              ElementsAre("worker cpu", "worker gpu0_duty", "worker gpu1_memory",
                          "worker host_loopback_received", "worker host_loopback_sent",
                          "worker host_network_received", "worker host_network_sent",
                          "worker memory_resident", "worker processes", "worker threads"));
}

TEST_F(JobSamplesTest, SaysWhatIsMissing) {
  EXPECT_THAT(Read().warnings, ElementsAre("There are no resource samples of the job's replicas."));
  Write("samples-0", kStart, {At(seconds(1))});
  EXPECT_THAT(Read({.tags = {"gpu*"}}).warnings,
              ElementsAre("No series has the tags and runs that were asked for."));
  Append("samples-0", "torn");
  Write("w", kStart, {At(seconds(1))});
  EXPECT_THAT(Read().warnings, IsEmpty()) << "a torn tail is no damage";
  std::string record;
  model::EncodeSample(At(seconds(2)), record);
  Append("samples-0", record);
  EXPECT_THAT(Read().warnings, ElementsAre(HasSubstr("samples-0 is damaged: 4 bytes")));
  EXPECT_EQ(Read({.tags = {"memory"}, .runs = {"master"}}).series[0].points.size(), 2U);
  ASSERT_TRUE(RealFileSystem().ReplaceVisible(folder_ / "w", std::string(50, 'x')).ok());
  EXPECT_THAT(Read().warnings, testing::Contains(HasSubstr("/w: it is no sample file")));
}

TEST_F(JobSamplesTest, TheNewestIsOfWhatRunsNow) {
  const std::vector<SampleSource> sources = {
      {"master", {folder_ / "samples-0", folder_ / "samples-1"}}, {"worker", {folder_ / "w"}}};
  Write("samples-0", kStart, {At(seconds(1)), At(seconds(2))});
  Write("w", kStart, {At(seconds(3))});
  std::vector<NewestSample> newest = samples_.Newest(sources);
  ASSERT_EQ(newest.size(), 1U) << "what ran before the restart uses nothing";
  EXPECT_EQ(newest[0].run, "worker");
  EXPECT_EQ(newest[0].sample.memory_bytes, 1'003'000);
  EXPECT_FALSE(newest[0].cores.has_value());
  Write("samples-1", kStart, {At(seconds(1)), At(seconds(3))});
  newest = samples_.Newest(sources);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].run, "master");
  EXPECT_EQ(newest[0].sample.elapsed, seconds(3));
  EXPECT_EQ(newest[0].cores, 0.5);
}

TEST_F(JobSamplesTest, ThinsToWhatIsAskedFor) {
  std::vector<ResourceSample> all;
  for (int i = 0; i < 500; ++i) all.push_back(At(seconds(i)));
  Write("samples-0", kStart, all);
  const MetricAnswer answer = Read({.tags = {"memory"}, .points = 10});
  EXPECT_EQ(answer.series[0].points.size(), 10U);
  EXPECT_EQ(answer.series[0].points.back().step, 499);
  EXPECT_EQ(answer.series[0].summary.count, 500U);
  EXPECT_FALSE(samples_.Read({}, {.points = 0}).ok());
  EXPECT_GT(samples_.bytes(), 500 * 100U);
}

}  // namespace
}  // namespace mlengine::metrics
