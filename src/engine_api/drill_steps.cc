#include "engine_api/drill_steps.h"

#include <algorithm>
#include <functional>

#include "base/digest.h"

namespace mlengine::engine_api {

using logs::JobRef;
using logs::LogEntry;
using logs::LogQuery;
using logs::LogStore;
using logs::StreamRef;

namespace {

constexpr int kPage = 1000;
// Lines that are looked at for one answer: a flood must not hold up the server.
constexpr int kMostBackward = 20'000;
constexpr int kMostForward = 200'000;

bool IsOf(const LogEntry& entry, const Execution& execution) {
  // The service's own entries have no bytes.
  return entry.raw_length > 0 && entry.stream.attempt == execution.attempt &&
         entry.stream.role == execution.role && entry.stream.index == execution.index &&
         entry.stream.restart == execution.restart;
}

// Hands on the entries in order until `take` returns false.
Status Walk(LogStore& logs, const JobRef& job, LogQuery query, int most,
            const std::function<bool(const LogEntry&)>& take) {
  query.limit = kPage;
  for (int seen = 0; seen < most;) {
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<LogEntry> page, logs.Query(job, query));
    if (page.empty()) return OkStatus();
    for (const LogEntry& entry : page) {
      if (!take(entry)) return OkStatus();
    }
    seen += static_cast<int>(page.size());
    if (query.newest_first) {
      query.before_stamp_ns = page.back().stamp_ns;
    } else {
      query.after_insert_id = page.back().insert_id;
    }
  }
  return OkStatus();
}

}  // namespace

Result<LastSteps> LastStepsOf(LogStore& logs, const JobRef& job, const Execution& execution,
                              std::int64_t before_ns) {
  LastSteps last;
  LogQuery query;
  query.task_names = {execution.task()};
  query.before_stamp_ns = before_ns;
  query.newest_first = true;
  MLENGINE_RETURN_IF_ERROR(Walk(logs, job, query, kMostBackward, [&](const LogEntry& entry) {
    if (!IsOf(entry, execution)) return true;
    if (const auto saved = insight::SavedStep(entry.message)) {
      if (!last.checkpoint) last.checkpoint = SeenStep{{*saved, false}, entry.stamp_ns};
    } else if (const auto step = insight::CountedStep(entry.message)) {
      // An epoch counts where nothing finer does.
      if (!last.step || (last.step->step.is_epoch && !step->is_epoch))
        last.step = SeenStep{*step, entry.stamp_ns};
    }
    return !last.checkpoint || !last.step || last.step->step.is_epoch;
  }));
  if (last.checkpoint && last.step) last.checkpoint->step.is_epoch = last.step->step.is_epoch;
  return last;
}

Result<insight::ResumeTrack> TrackOf(LogStore& logs, const JobRef& job, const Execution& execution,
                                     std::int64_t after_ns,
                                     std::optional<insight::StepCount> before) {
  insight::ResumeTrack track(before);
  LogQuery query;
  query.task_names = {execution.task()};
  query.after_stamp_ns = after_ns;
  MLENGINE_RETURN_IF_ERROR(Walk(logs, job, query, kMostForward, [&](const LogEntry& entry) {
    if (IsOf(entry, execution)) track.Add(entry.stamp_ns, entry.message);
    return !track.is_settled();
  }));
  return track;
}

Result<StreamCheck> CheckStream(LogStore& logs, const JobRef& job, int attempt,
                                const engine::v1::StreamMark& mark, std::int64_t from_ns) {
  const Execution execution{attempt, mark.role(), mark.index(), mark.restart()};
  const auto kind = mark.stream() == "stdout" ? StreamRef::Kind::kStdout : StreamRef::Kind::kStderr;
  const StreamRef stream{attempt, mark.role(), mark.index(), mark.restart(), kind};
  StreamCheck check;
  check.bytes_before = mark.bytes();
  const auto before = static_cast<std::uint64_t>(mark.bytes());
  const auto tail = static_cast<std::uint64_t>(mark.tail_bytes());
  MLENGINE_ASSIGN_OR_RETURN(const std::string now, logs.ReadRaw(job, stream, before - tail, tail));
  check.tail_is_same = Sha256Hex(now) == mark.tail_sha256();

  std::optional<std::uint64_t> covered;
  Status failed;
  LogQuery query;
  query.task_names = {execution.task()};
  query.after_stamp_ns = from_ns;
  MLENGINE_RETURN_IF_ERROR(Walk(logs, job, query, kMostForward, [&](const LogEntry& entry) {
    if (!IsOf(entry, execution) || entry.stream.kind != kind) return true;
    ++check.entries;
    // Of a stream that was silent before the mark, the next entry begins there at the latest.
    if (!covered) covered = std::min(entry.raw_offset, before);
    if (entry.raw_offset < *covered) {
      ++check.doubled_lines;
    } else if (entry.raw_offset > *covered) {
      const Result<std::string> gap =
          logs.ReadRaw(job, stream, *covered, entry.raw_offset - *covered);
      if (!gap.ok()) {
        failed = gap.status();
        return false;
      }
      check.lost_lines += std::max<std::int64_t>(std::ranges::count(*gap, '\n'), 1);
    }
    covered = std::max(*covered, entry.raw_offset + entry.raw_length);
    return true;
  }));
  MLENGINE_RETURN_IF_ERROR(failed);
  check.bytes_now = std::max(mark.bytes(), static_cast<std::int64_t>(covered.value_or(0)));
  return check;
}

}  // namespace mlengine::engine_api
