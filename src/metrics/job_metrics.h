// JobMetrics: the scalars of one job, of all its event files, as far as they were read.
// Thread-safe: one caller reads at a time, the others wait for it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "insight/metric_series.h"
#include "metrics/event_source.h"
#include "metrics/followed_file.h"

namespace mlengine::metrics {

// A folder to search, and what the runs found there are called after: run "train" of the folder
// named "" is "train", of one named "worker" it is "worker/train"; files in the folder itself are
// run "." or "worker".
struct EventFolder {
  std::string name;
  std::string folder;  // gs://BUCKET/… or absolute
  friend bool operator==(const EventFolder&, const EventFolder&) = default;
};

struct MetricQuery {
  // Whole, or with a '*' at the end for all that begin so; empty: all.
  std::vector<std::string> tags{};
  std::vector<std::string> runs{};
  std::size_t points = 1000;  // of each series at most; the first, the newest and some between
  std::optional<std::int64_t> after_step{};  // only points of later steps
};

// Whether one of a query's patterns means `text`; all do when there is none.
bool Matches(std::string_view text, const std::vector<std::string>& patterns);

struct RunSeries {
  std::string run;
  std::string tag;
  insight::MetricSummary summary;  // of all values in the files, whatever was asked for
  std::vector<insight::MetricPoint> points;
};

struct MetricAnswer {
  std::vector<RunSeries> series;      // by run, then tag
  std::vector<std::string> warnings;  // sentences: what is missing and why
};

struct ReadLimits {
  std::uint64_t bytes_a_call = 256U << 20;
  std::size_t series = 1000;               // of one job
  std::size_t points_an_answer = 200'000;  // of all its series
};

class JobMetrics {
 public:
  explicit JobMetrics(ReadLimits limits = {}) : limits_(limits) {}

  // Reads what is new in the event files below `folders`, then answers. What cannot be read is a
  // warning; so the errors are those of a query that is none.
  Result<MetricAnswer> Read(const EventSource& source, const std::vector<EventFolder>& folders,
                            const MetricQuery& query);
  // About what it takes of memory.
  std::size_t bytes() const;

 private:
  struct File {
    std::string run;
    FollowedFile followed;
  };
  struct Budget {
    std::uint64_t bytes = 0;  // that may still be read
    std::size_t series = 0;   // that there are
  };
  void Refresh(const EventSource& source, const std::vector<EventFolder>& folders,
               std::vector<std::string>& warnings);
  Status Follow(const EventSource& source, const FoundFile& found, Budget& budget);
  void AddDamage(std::vector<std::string>& warnings) const;
  std::vector<RunSeries> Select(const MetricQuery& query) const;

  const ReadLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;  // by path
};

}  // namespace mlengine::metrics
