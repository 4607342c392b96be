// Bounds never exclude an entry that passes: held against filters and entries made at random.
#include "logging_api/filter_bounds.h"

#include <gtest/gtest.h>

#include <random>

#include "logging_api/filter_parser.h"
#include "logging_api/filter_value.h"
#include "logging_api/log_filter.h"
#include "logging_api/testing/filter_cases.h"

namespace mlengine::logging_api {
namespace {

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  template <std::size_t N>
  std::string One(const char* const (&of)[N]) {
    return of[random_() % N];
  }

  std::string Filter(int depth) {
    const unsigned kind = depth == 0 ? 0 : random_() % 6;
    if (kind == 1) return "(" + Filter(depth - 1) + " AND " + Filter(depth - 1) + ")";
    if (kind == 2) return "(" + Filter(depth - 1) + " OR " + Filter(depth - 1) + ")";
    if (kind == 3) return "NOT " + Filter(0);
    if (kind == 4) return "(" + Filter(depth - 1) + " " + Filter(depth - 1) + ")";
    if (kind == 5) return "-(" + Filter(depth - 1) + ")";
    return Term();
  }

  std::string Term() {
    static constexpr const char* kOrders[] = {"=", "!=", "<", "<=", ">", ">=", ":"};
    static constexpr const char* kTexts[] = {"=", "!=", ":", "=~", "!~"};
    static constexpr const char* kStamps[] = {"\"2018-01-02T03:04:05.000000001Z\"",
                                              "\"2018-01-02T03:04:08Z\"", "2018-01-03",
                                              "\"1970-01-01\"", "\"9999-12-31T00:00:00Z\""};
    static constexpr const char* kLevels[] = {"DEFAULT", "INFO", "WARNING", "ERROR", "500", "250"};
    static constexpr const char* kWords[] = {
        "queued",   "Step", "10",   "500",   "full",   "true",   "\"is Nearly\"", "h1",
        "\"x.py\"", "red",  "7",    "error", "worker", "master", "\"ü\"",         "ann",
        "e",        "\"\"", "Demo", "logs",  "00",     "nan",    "notice",        "replica-1"};
    static constexpr const char* kFields[] = {"textPayload",
                                              "jsonPayload.message",
                                              "jsonPayload.tags",
                                              "jsonPayload.code",
                                              "jsonPayload.ok",
                                              "jsonPayload.user",
                                              "jsonPayload.levelname",
                                              "jsonPayload.host.name",
                                              "logName",
                                              "insertId"};
    static constexpr const char* kJobs[] = {"demo", "Other", "DEMO", "x"};
    static constexpr const char* kTasks[] = {"service", "Master-Replica-0", "worker-replica-1"};
    switch (random_() % 8) {
      case 0:
        return "timestamp" + One(kOrders) + One(kStamps);
      case 1:
        return "severity" + One(kOrders) + One(kLevels);
      case 2:
        return "resource.labels.job_id" + One(kOrders) + One(kJobs);
      case 3:
        return "resource.labels.task_name" + One(kOrders) + One(kTasks);
      case 4:
        return One(kFields) + One(kTexts) + One(kWords);
      case 5:
        return One(kWords);
      case 6:
        return "SEARCH(" + One(kWords) + ")";
      default:
        return "SEARCH(" + One(kFields) + ", " + One(kWords) + ")";
    }
  }

 private:
  std::mt19937 random_;
};

std::string LineOf(const logs::LogEntry& entry) {
  return FoldCase(entry.json.empty() ? entry.message : entry.json);
}

void CheckEntry(const std::string& text, const LogFilter& filter, const FilterBounds& bounds,
                const CaseEntry& one) {
  if (!filter.Matches("p", one.job_id, one.entry)) return;
  EXPECT_TRUE(!bounds.jobs || bounds.jobs->contains(one.job_id)) << text;
  EXPECT_TRUE(!bounds.tasks || bounds.tasks->contains(one.entry.task_name)) << text;
  EXPECT_GE(one.entry.stamp_ns, bounds.least_stamp_ns) << text;
  EXPECT_LE(one.entry.stamp_ns, bounds.most_stamp_ns) << text;
  EXPECT_GE(static_cast<int>(one.entry.severity), bounds.least_severity) << text;
  const std::string needle = LineNeedle(bounds, "p", one.job_id);
  // In JSON a letter may be an escape; the log store lets those through.
  if (one.entry.json.find('\\') != std::string::npos) return;
  EXPECT_NE(LineOf(one.entry).find(needle), std::string::npos) << text << ": " << needle;
}

TEST(FilterBoundsTest, NeverExcludeWhatPasses) {
  const FilterCases table = ReadFilterCases();
  Maker maker(20'180'102);
  int understood = 0;
  int bounded = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = maker.Filter(i % 4);
    const auto filter = LogFilter::Parse(text);
    if (!filter.ok()) continue;  // SEARCH("") and the like
    ++understood;
    const FilterBounds bounds = filter->bounds();
    if (bounds.jobs || bounds.tasks || bounds.needle || bounds.least_severity > 0) ++bounded;
    for (const auto& [name, entry] : table.entries) CheckEntry(text, *filter, bounds, entry);
  }
  EXPECT_GT(understood, 15'000);
  EXPECT_GT(bounded, 2'000);
}

FilterBounds Bounds(const std::string& text) {
  return BoundsOf(**ParseFilter(text));
}

TEST(FilterBoundsTest, AreAsNarrowAsTheFilter) {
  EXPECT_EQ(Bounds("timestamp>=\"1970-01-01T00:00:02Z\"").least_stamp_ns, 2'000'000'000);
  EXPECT_EQ(Bounds("timestamp>\"1970-01-01T00:00:02Z\" severity>=INFO").least_stamp_ns,
            2'000'000'001);
  EXPECT_EQ(Bounds("timestamp<\"1970-01-01T00:00:02Z\"").most_stamp_ns, 1'999'999'999);
  EXPECT_EQ(Bounds("timestamp>\"1970-01-01T00:00:02Z\" OR severity>=INFO").least_stamp_ns,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Bounds("((timestamp=\"1970-01-01T00:00:03Z\" AND insertId>\"1\") OR "
                   "timestamp>\"1970-01-01T00:00:03Z\")")
                .least_stamp_ns,
            3'000'000'000);
  EXPECT_EQ(Bounds("severity=(ERROR OR WARNING)").least_severity, 400);
  EXPECT_EQ(*Bounds("resource.labels.job_id=(a OR b)").jobs, (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(Bounds("resource.labels.job_id=a resource.labels.job_id=b").jobs->empty());
  EXPECT_FALSE(Bounds("NOT resource.labels.job_id=a").jobs);
  EXPECT_EQ(Bounds("needle jsonPayload.message:abc").needle->text, "abc");
  EXPECT_EQ(Bounds("long needle").needle->text, "needle");
  EXPECT_FALSE(Bounds("42").needle);
  EXPECT_FALSE(Bounds("error").needle);
}

TEST(FilterBoundsTest, ATextAnywhereMayBeInTheNames) {
  const auto needle = [](const std::string& text) {
    return LineNeedle(Bounds("\"" + text + "\""), "p", "My_job");
  };
  EXPECT_EQ(needle("rare word"), "rare word");
  for (const char* text : {"my_job", "JOB", "master", "replica-1", "worker-replica-12", "ml_job",
                           "logs/ps-replica", "inf", "service", "projects/p", "googleapis"}) {
    EXPECT_EQ(needle(text), "") << text;
  }
}

TEST(FilterBounds, LogsOfOtherKindsAreNotOpened) {
  const std::string flowers = "models/us-central1/Flowers/v1/1";
  const std::string other = "models/us-central1/other/v1/1";
  const auto hold = [](const std::string& filter, const std::string& log) {
    return MayHold(LogFilter::Parse(filter)->bounds(), log);
  };
  for (const std::string& log : {flowers, other, std::string("job_1")})
    EXPECT_TRUE(hold("severity>=INFO", log));
  const std::string versions = "resource.type=\"cloudml_model_version\"";
  EXPECT_TRUE(hold(versions, flowers));
  EXPECT_FALSE(hold(versions, "job_1"));
  EXPECT_FALSE(hold("resource.type=ml_job", flowers));
  EXPECT_TRUE(hold("resource.type=cloudml_job", "job_1"));
  EXPECT_TRUE(hold(versions + " OR resource.type=ml_job", "job_1"));
  EXPECT_TRUE(hold("NOT " + versions, "job_1"));
  EXPECT_TRUE(hold("resource.labels.model_id=\"flowers\"", flowers));
  EXPECT_FALSE(hold("resource.labels.model_id=\"Flowers\"", other));
  EXPECT_FALSE(hold("resource.labels.model_id=\"Flowers\"", "job_1"));
  EXPECT_TRUE(hold("resource.labels.model_id:\"low\"", flowers));
}

}  // namespace
}  // namespace mlengine::logging_api
