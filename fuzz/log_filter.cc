// The filter of entries.list: what is understood means the same in parentheses and twice over, and
// the bounds that it tells hold.
#include "logging_api/log_filter.h"

#include "fuzz_target.h"

namespace mlengine::fuzz {
namespace {

std::vector<logs::LogEntry> Entries() {
  std::vector<logs::LogEntry> entries;
  for (const std::int64_t stamp :
       {0LL, 1LL, 1'514'862'245'000'000'005LL, 4'000'000'000'000'000'000LL}) {
    logs::LogEntry entry;
    entry.stamp_ns = stamp;
    entry.insert_id = "000000000007";
    entry.task_name = stamp % 2 == 0 ? "service" : "master-replica-0";
    entry.severity = stamp == 0 ? logs::Severity::kDefault : logs::Severity::kWarning;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

FUZZ_TARGET(log_filter) {
  const Result<logging_api::LogFilter> filter = logging_api::LogFilter::Parse(bytes);
  if (!filter.ok()) return RequireInvalid(filter.status());
  Require(!filter->job_id().empty(), "a filter names a job");
  const std::string text(bytes);
  const auto within = logging_api::LogFilter::Parse("(" + text + ")");
  const auto twice = logging_api::LogFilter::Parse("(" + text + ") AND (" + text + ")");
  // One more level, or twice the length, may be too much.
  if (!within.ok()) RequireInvalid(within.status());
  if (!twice.ok()) RequireInvalid(twice.status());
  static const std::vector<logs::LogEntry> entries = Entries();
  for (const logs::LogEntry& entry : entries) {
    const bool passes = filter->Matches("p", filter->job_id(), entry);
    Require(!passes || entry.stamp_ns >= filter->least_stamp_ns(),
            "no entry that passes has a smaller stamp");
    Require(!filter->Matches("p", filter->job_id() + "x", entry), "no other job's entry passes");
    if (within.ok())
      Require(within->Matches("p", filter->job_id(), entry) == passes,
              "parentheses change nothing");
    if (twice.ok()) Require(twice->Matches("p", filter->job_id(), entry) == passes, "x AND x is x");
  }
}

}  // namespace mlengine::fuzz
