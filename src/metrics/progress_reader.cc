#include "metrics/progress_reader.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "insight/progress_line.h"

namespace mlengine::metrics {
namespace {

using logs::LogEntry;
using logs::LogQuery;

constexpr std::uint64_t kBytesAtOnce = 1U << 20;
constexpr int kEntriesAtOnce = 10'000;
constexpr int kPieces = 4;
constexpr std::uint64_t kRecordsAtOnce = 200'000;
// Nanoseconds: a line may be stamped before its program's start is noted.
constexpr std::int64_t kLead = 5'000'000'000;
// A bar is shorter.
constexpr std::uint64_t kOverlap = 4096;
constexpr std::uint64_t kUnfinished = 256U << 10;
constexpr insight::TrackLimits kLimits{.marks = 256, .least_gap = 0.1};

double Seconds(std::int64_t nanos) {
  return static_cast<double>(nanos) / 1e9;
}

}  // namespace

ProgressReader::ProgressReader(logs::LogStore& logs, logs::JobRef job, const Execution& execution)
    : logs_(logs), job_(std::move(job)), execution_(execution), track_(kLimits) {}

bool ProgressReader::IsOfExecution(const LogEntry& entry) const {
  return entry.raw_length > 0 && entry.stream.attempt == execution_.attempt &&
         entry.stream.restart == execution_.restart && entry.stream.role == execution_.role &&
         entry.stream.index == execution_.index;
}

LogQuery ProgressReader::QueryFrom(std::int64_t after_stamp_ns) const {
  LogQuery query;
  query.task_names = {execution_.role + "-replica-" + std::to_string(execution_.index)};
  query.after_stamp_ns = after_stamp_ns;
  query.limit = kEntriesAtOnce;
  query.byte_limit = kBytesAtOnce;
  return query;
}

void ProgressReader::Add(double seconds, std::string_view line) {
  last_seconds_ = std::max(last_seconds_, seconds);
  track_.Add(last_seconds_, line);
}

void ProgressReader::Take(const LogEntry& entry) {
  last_stamp_ns_ = std::max(last_stamp_ns_, entry.stamp_ns);
  if (!IsOfExecution(entry)) return;
  Stream& stream = streams_[entry.stream];
  stream.entries_end = std::max(stream.entries_end, entry.raw_offset + entry.raw_length);
  Add(Seconds(entry.stamp_ns), entry.message);
}

Status ProgressReader::ReadTail() {
  LogQuery newest;
  newest.newest_first = true;
  newest.limit = 1;
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<LogEntry> last, logs_.Query(job_, newest));
  LogQuery query =
      QueryFrom(std::max<std::int64_t>(last_stamp_ns_, ToUnixNanos(execution_.started) - kLead));
  query.newest_first = true;
  MLENGINE_ASSIGN_OR_RETURN(const logs::LogScan scan,
                            logs_.Scan(job_, query, {.records = kRecordsAtOnce}));
  if (!scan.end) track_.NoteGap();
  for (const LogEntry& entry : std::views::reverse(scan.entries)) Take(entry);
  if (!last.empty()) last_stamp_ns_ = std::max(last_stamp_ns_, last[0].stamp_ns);
  return OkStatus();
}

Status ProgressReader::ReadOn() {
  for (int piece = 0; piece < kPieces; ++piece) {
    MLENGINE_ASSIGN_OR_RETURN(const logs::LogScan scan, logs_.Scan(job_, QueryFrom(last_stamp_ns_),
                                                                   {.records = kRecordsAtOnce}));
    for (const LogEntry& entry : scan.entries) Take(entry);
    if (scan.reached) last_stamp_ns_ = std::max(last_stamp_ns_, *scan.reached);
    if (scan.end) return OkStatus();
  }
  return ReadTail();
}

Status ProgressReader::Read(Time now) {
  MLENGINE_RETURN_IF_ERROR(began_ ? ReadOn() : ReadTail());
  began_ = true;
  ReadUnfinished(now);
  return OkStatus();
}

void ProgressReader::ReadUnfinished(Time now) {
  for (const auto kind : {logs::StreamRef::Kind::kStdout, logs::StreamRef::Kind::kStderr}) {
    const logs::StreamRef ref{execution_.attempt, execution_.role, execution_.index,
                              execution_.restart, kind};
    Stream& stream = streams_[ref];
    const std::uint64_t from =
        std::max(stream.entries_end, stream.read_to - std::min(stream.read_to, kOverlap));
    const Result<std::string> bytes = logs_.ReadRaw(job_, ref, from, kUnfinished);
    if (!bytes.ok() || bytes->empty()) continue;
    stream.read_to = from + bytes->size();
    // What is behind the last line end was not taken as an entry.
    std::string_view line = *bytes;
    const std::size_t end = line.rfind('\n');
    const bool is_whole = from == stream.entries_end || end != std::string_view::npos;
    if (end != std::string_view::npos) line.remove_prefix(end + 1);
    if (!is_whole && line.find('\r') == std::string_view::npos) continue;
    // Half a line may show half a number; a bar shows something behind it.
    const auto progress = insight::ParseProgress(line);
    if (progress && progress->is_bar) Add(Seconds(ToUnixNanos(now)), line);
  }
}

}  // namespace mlengine::metrics
