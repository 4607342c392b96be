#include "metrics/job_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/testing/fake_clock.h"
#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "insight/testing/event_writer.h"
#include "objects/memory_object_store.h"

namespace mlengine::metrics {
namespace {

using insight::ScalarFrame;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JobMetricsTest : public testing::Test {
 protected:
  JobMetricsTest() {
    EXPECT_TRUE(objects_->CreateBucket({"bucket", "p", "US", "STANDARD", {}}).ok());
    folders_ = {{"", folder_.path()}};
  }

  void Append(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(folder_ / name)).ok());
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << bytes;
  }
  void Upload(const std::string& name, const std::string& bytes) {
    auto writer = *objects_->NewWriter("bucket", name);
    ASSERT_TRUE(writer->Write(bytes).ok());
    ASSERT_TRUE(writer->Commit({}, {}).ok());
  }
  MetricAnswer Ask(const MetricQuery& query = {}) {
    const Result<MetricAnswer> answer = metrics_.Read(source_, folders_, query);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.value_or({});
  }
  static std::vector<std::string> Names(const MetricAnswer& answer) {
    std::vector<std::string> out;
    for (const RunSeries& series : answer.series) out.push_back(series.run + ":" + series.tag);
    return out;
  }
  static std::vector<std::int64_t> Steps(const RunSeries& series) {
    std::vector<std::int64_t> out;
    for (const insight::MetricPoint& point : series.points) out.push_back(point.step);
    return out;
  }

  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> objects_ = objects::NewMemoryObjectStore(clock_);
  EventSource source_{*objects_};
  TempDir folder_;
  std::vector<EventFolder> folders_;
  JobMetrics metrics_;
};

TEST_F(JobMetricsTest, SubfoldersAreRuns) {
  Append("events.out.tfevents.1", ScalarFrame("loss", 1, 3));
  Append("train/events.out.tfevents.1", ScalarFrame("loss", 1, 2) + ScalarFrame("acc", 1, 0));
  Upload("j/eval/events.out.tfevents.1", ScalarFrame("loss", 2, 1));
  folders_.push_back({"worker", "gs://bucket/j"});
  EXPECT_THAT(Names(Ask()), ElementsAre(".:loss", "train:acc", "train:loss", "worker/eval:loss"));
  EXPECT_THAT(Ask().warnings, IsEmpty());
}

TEST_F(JobMetricsTest, ChoosesByTagRunAndStep) {
  for (int step = 0; step < 20; ++step) {
    Append("a/events.out.tfevents.1",
           ScalarFrame("loss/x", step, 1) + ScalarFrame("loss/y", step, 1));
    Append("b/events.out.tfevents.1", ScalarFrame("lossless", step, 1));
  }
  EXPECT_THAT(Names(Ask({.tags = {"loss/x"}, .runs = {}})), ElementsAre("a:loss/x"));
  EXPECT_THAT(Names(Ask({.tags = {"loss/*"}, .runs = {}})), ElementsAre("a:loss/x", "a:loss/y"));
  EXPECT_THAT(Names(Ask({.tags = {}, .runs = {"b"}})), ElementsAre("b:lossless"));
  const MetricAnswer later = Ask({.tags = {"loss/x"}, .runs = {}, .after_step = 16});
  EXPECT_THAT(Steps(later.series[0]), ElementsAre(17, 18, 19));
  EXPECT_EQ(later.series[0].summary.count, 20U);
  EXPECT_THAT(Steps(Ask({.tags = {"loss/x"}, .runs = {}, .points = 3}).series[0]),
              ElementsAre(0, 9, 19));
  const MetricAnswer none = Ask({.tags = {"accuracy"}, .runs = {}});
  EXPECT_THAT(none.series, IsEmpty());
  EXPECT_THAT(none.warnings, ElementsAre(HasSubstr("No series has the tags")));
}

TEST_F(JobMetricsTest, ASecondCallReadsOnlyWhatIsNew) {
  const std::string frame = ScalarFrame("loss", 0, 1);
  Append("events.out.tfevents.1", frame);
  EXPECT_THAT(Steps(Ask().series[0]), ElementsAre(0));
  // Destroyed where it was read already, but neither at its start nor at its end: nobody looks.
  for (int step = 1; step < 100; ++step)
    Append("events.out.tfevents.1", ScalarFrame("loss", step, 1));
  EXPECT_THAT(Steps(Ask().series[0]), SizeIs(100));
  std::fstream file(folder_ / "events.out.tfevents.1",
                    std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(50 * frame.size()));
  file << std::string(frame.size(), 'x');
  file.close();
  Append("events.out.tfevents.1", ScalarFrame("loss", 100, 1));
  EXPECT_THAT(Steps(Ask().series[0]), SizeIs(101));
  EXPECT_THAT(Ask().warnings, IsEmpty());
}

TEST_F(JobMetricsTest, AnObjectThatEachFlushReplacesIsReadOn) {
  folders_ = {{"", "gs://bucket/j"}};
  std::string bytes;
  for (int step = 0; step < 50; ++step) {
    bytes += ScalarFrame("loss", step, 1);
    // The next record is torn.
    Upload("j/events.out.tfevents.1", bytes + ScalarFrame("loss", step + 1, 1).substr(0, 30));
    const MetricAnswer answer = Ask();
    ASSERT_THAT(answer.series, SizeIs(1));
    ASSERT_EQ(answer.series[0].points.size(), static_cast<std::size_t>(step) + 1);
  }
}

TEST_F(JobMetricsTest, AReplacedOrShortenedFileIsReadAnew) {
  for (int step = 0; step < 50; ++step)
    Append("events.out.tfevents.1", ScalarFrame("loss", step, 1));
  EXPECT_THAT(Steps(Ask().series[0]), SizeIs(50));
  std::string other;
  for (int step = 100; step < 180; ++step) other += ScalarFrame("other", step, 2);
  ASSERT_TRUE(RealFileSystem().WriteAtomic(folder_ / "events.out.tfevents.1", other).ok());
  EXPECT_THAT(Names(Ask()), ElementsAre(".:other"));
  ASSERT_TRUE(RealFileSystem()
                  .WriteAtomic(folder_ / "events.out.tfevents.1", ScalarFrame("short", 1, 1))
                  .ok());
  EXPECT_THAT(Names(Ask()), ElementsAre(".:short"));
  ASSERT_TRUE(RealFileSystem().Remove(folder_ / "events.out.tfevents.1").ok());
  EXPECT_THAT(Names(Ask()), IsEmpty());
  EXPECT_THAT(Ask().warnings,
              ElementsAre("There are no event files below " + folder_.path() + "."));
}

TEST_F(JobMetricsTest, DamageIsSaid) {
  Append("events.out.tfevents.1", "garbage of a disk" + ScalarFrame("loss", 1, 1));
  const MetricAnswer answer = Ask();
  EXPECT_THAT(Names(answer), ElementsAre(".:loss"));
  EXPECT_THAT(answer.warnings,
              ElementsAre(folder_.path() + "/events.out.tfevents.1 is damaged in 1 place, first at "
                                           "byte 0: 17 bytes were left out."));
}

TEST_F(JobMetricsTest, OneCallReadsABoundedPart) {
  JobMetrics small({.bytes_a_call = 1000, .series = 1000, .points_an_answer = 1000});
  for (int step = 0; step < 100; ++step)
    Append("events.out.tfevents.1", ScalarFrame("loss", step, 1));
  Append("z/events.out.tfevents.1", ScalarFrame("loss", 0, 1));
  const MetricAnswer first = *small.Read(source_, folders_, {});
  EXPECT_LT(first.series[0].points.size(), 30U);
  EXPECT_THAT(first.warnings, ElementsAre(HasSubstr("are not read yet. Ask again")));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(small.Read(source_, folders_, {}).ok());
  const MetricAnswer last = *small.Read(source_, folders_, {});
  EXPECT_THAT(last.series, SizeIs(2));
  EXPECT_EQ(last.series[0].points.size(), 100U);
  EXPECT_THAT(last.warnings, IsEmpty());
}

TEST_F(JobMetricsTest, SeriesAndPointsOfAJobAreBounded) {
  JobMetrics small({.bytes_a_call = 1U << 20, .series = 10, .points_an_answer = 60});
  for (int tag = 0; tag < 8; ++tag) {
    for (int step = 0; step < 20; ++step) {
      for (const char* run : {"a", "b"})
        Append(std::string(run) + "/events.out.tfevents.1",
               ScalarFrame("t" + std::to_string(tag), step, 1));
    }
  }
  const MetricAnswer answer = *small.Read(source_, folders_, {});
  EXPECT_THAT(answer.series, SizeIs(10));
  EXPECT_EQ(answer.series[0].points.size(), 6U);
  EXPECT_THAT(answer.warnings, ElementsAre(HasSubstr("more than 10 series; 120 values")));
}

TEST_F(JobMetricsTest, RealFilesOfSeveralLibrariesTogether) {
  const std::string stored = SourceTree() + "/src/insight/testdata/event_files/";
  for (const char* name : {"tf1", "tf2", "torch", "keras_train"}) {
    Append(std::string(name) + "/events.out.tfevents.1",
           *RealFileSystem().Read(stored + name + ".tfevents"));
  }
  const MetricAnswer answer = Ask();
  EXPECT_THAT(Names(answer),
              ElementsAre("keras_train:epoch_learning_rate", "keras_train:epoch_loss",
                          "tf1:accuracy", "tf1:loss", "tf2:count", "tf2:half", "tf2:loss",
                          "tf2:rate", "torch:Loss/double", "torch:Loss/new", "torch:Loss/train"));
  EXPECT_EQ(answer.series[3].summary.not_finite, 3U);
  EXPECT_EQ(answer.series[3].summary.first_not_finite, 3);
  EXPECT_THAT(answer.warnings, IsEmpty());
}

TEST_F(JobMetricsTest, ManyMayAskWhileItIsWritten) {
  std::vector<std::jthread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([this] {
      std::size_t before = 0;
      for (int turn = 0; turn < 50; ++turn) {
        const MetricAnswer answer = Ask();
        const std::size_t now = answer.series.empty() ? 0 : answer.series[0].points.size();
        EXPECT_GE(now, before);
        EXPECT_LE(answer.warnings.size(), before == 0 ? 1U : 0U);
        before = now;
      }
    });
  }
  for (int step = 0; step < 300; ++step)
    Append("events.out.tfevents.1", ScalarFrame("loss", step, 1));
  askers.clear();
  EXPECT_THAT(Ask().series[0].points, SizeIs(300));
}

}  // namespace
}  // namespace mlengine::metrics
