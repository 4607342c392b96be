// The filter of entries.list: what is understood means the same in parentheses and twice over, a
// negation is the opposite, and the bounds that it tells hold.
#include "logging_api/log_filter.h"

#include "fuzz_target.h"
#include "logging_api/filter_value.h"

namespace mlengine::fuzz {
namespace {

logs::LogEntry Entry(std::int64_t stamp, logs::Severity severity, const char* task,
                     const char* message, const char* json = "") {
  logs::LogEntry entry;
  entry.stamp_ns = stamp;
  entry.insert_id = "000000000007";
  entry.severity = severity;
  entry.task_name = task;
  entry.message = message;
  entry.json = json;
  return entry;
}

const std::vector<logs::LogEntry>& Entries() {
  using enum logs::Severity;
  static const std::vector<logs::LogEntry> entries = {
      Entry(0, kDefault, "service", ""),
      Entry(1, kWarning, "master-replica-0", "step 10\nloss 0.5"),
      Entry(1'514'862'245'000'000'005, kError, "service", "Job j is queued."),
      Entry(4'000'000'000'000'000'000, kInfo, "worker-replica-1", "hello",
            R"({"message":"hello","n":7,"ok":true,"l":["a",{"b":"10.1.2.3"}],"z":null})")};
  return entries;
}

void CheckBounds(const logging_api::FilterBounds& bounds, const logs::LogEntry& entry) {
  Require(!bounds.jobs || bounds.jobs->contains("j"), "an entry that passes is of a job named");
  Require(!bounds.tasks || bounds.tasks->contains(entry.task_name), "and of a task named");
  Require(entry.stamp_ns >= bounds.least_stamp_ns && entry.stamp_ns <= bounds.most_stamp_ns,
          "and within the stamps");
  Require(static_cast<int>(entry.severity) >= bounds.least_severity, "and as severe");
  const std::string needle = LineNeedle(bounds, "p", "j");
  Require(logging_api::ContainsFolded(entry.json.empty() ? entry.message : entry.json, needle),
          "and its line has the needle");
}

}  // namespace

FUZZ_TARGET(log_filter) {
  const Result<logging_api::LogFilter> filter = logging_api::LogFilter::Parse(bytes);
  if (!filter.ok()) return RequireInvalid(filter.status());
  // A comment at its end must not swallow what follows.
  const std::string text = std::string(bytes) + "\n";

  const auto within = logging_api::LogFilter::Parse("(" + text + ")");
  const auto twice = logging_api::LogFilter::Parse("(" + text + ") AND (" + text + ")");
  const auto negated = logging_api::LogFilter::Parse("NOT (" + text + ")");
  // One more level, or twice the length, may be too much; and there may be nothing in it.
  for (const auto* other : {&within, &twice, &negated}) {
    if (!other->ok()) RequireInvalid(other->status());
  }
  for (const logs::LogEntry& entry : Entries()) {
    const bool passes = filter->Matches("p", "j", entry);
    if (passes) CheckBounds(filter->bounds(), entry);

    if (within.ok())
      Require(within->Matches("p", "j", entry) == passes, "parentheses change nothing");
    if (twice.ok()) Require(twice->Matches("p", "j", entry) == passes, "x AND x is x");
    if (negated.ok()) Require(negated->Matches("p", "j", entry) != passes, "NOT x is not x");
  }
}

}  // namespace mlengine::fuzz
