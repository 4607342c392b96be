#include "logging_api/entry_merge.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mlengine::logging_api {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
// One piece of work, under the job's lock: some milliseconds. Of many jobs each holds less.
constexpr std::size_t kEntriesAtOnce = 512;
constexpr std::size_t kEntriesOfAll = 64'000;
constexpr std::uint64_t kBytesAtOnce = 16U << 20;
constexpr std::uint64_t kBytesOfAll = 128U << 20;
constexpr std::uint64_t kRecordsAtOnce = 131'072;

}  // namespace

// Whether `left` comes after `right`: the heap's order.
struct EntryMerge::Later {
  const EntryMerge& merge;
  bool operator()(const Turn& left, const Turn& right) const {
    const auto owner = [&](const Turn& turn) {
      const EntrySource& source = merge.cursors_[turn.cursor].source;
      return std::tie(source.project, source.job_id);
    };
    if (left.stamp_ns != right.stamp_ns)
      return (left.stamp_ns > right.stamp_ns) != merge.query_.newest_first;
    // One that has to read may bring what comes first.
    if (left.ready != right.ready) return left.ready;
    const bool after = std::tuple(std::string_view(left.insert_id), owner(left)) >
                       std::tuple(std::string_view(right.insert_id), owner(right));
    return after != merge.query_.newest_first;
  }
};

EntryMerge::EntryMerge(logs::LogStore& store, std::vector<EntrySource> sources, MergeQuery query)
    : store_(store), query_(std::move(query)), reached_(query_.after) {
  cursors_.reserve(sources.size());
  const std::size_t count = std::max<std::size_t>(sources.size(), 1);
  entries_at_once_ = std::clamp<std::size_t>(kEntriesOfAll / count, 16, kEntriesAtOnce);
  bytes_at_once_ = std::clamp<std::uint64_t>(kBytesOfAll / count, 64U << 10, kBytesAtOnce);
  for (EntrySource& source : sources) Add(std::move(source));
}

void EntryMerge::Add(EntrySource source) {
  std::int64_t least = std::max({query_.least_stamp_ns, source.least_stamp_ns, std::int64_t{0}});
  std::int64_t most = std::min(query_.most_stamp_ns, source.most_stamp_ns);
  if (query_.after) {
    if (query_.newest_first) most = std::min(most, query_.after->stamp_ns);
    if (!query_.newest_first) least = std::max(least, query_.after->stamp_ns);
  }
  if (least > most) return;
  Cursor cursor;
  cursor.query.after_stamp_ns = least;
  cursor.query.inclusive = true;
  cursor.query.before_stamp_ns = most == kLast ? -1 : most + 1;
  cursor.query.newest_first = query_.newest_first;
  cursor.query.task_names = query_.task_names;
  cursor.query.least = static_cast<logs::Severity>(query_.least_severity);
  cursor.hints.contains = source.contains;
  cursor.query.limit = static_cast<int>(entries_at_once_);
  cursor.query.byte_limit = bytes_at_once_;
  cursor.hints.records = kRecordsAtOnce;
  cursor.bound_ns = query_.newest_first ? most : least;
  cursor.source = std::move(source);
  cursors_.push_back(std::move(cursor));
  Push(cursors_.size() - 1);
}

void EntryMerge::Push(std::size_t number) {
  const Cursor& cursor = cursors_[number];
  if (cursor.ready.empty() && cursor.end) return;
  Turn turn;
  turn.cursor = number;
  turn.ready = !cursor.ready.empty();
  turn.stamp_ns = turn.ready ? cursor.ready.front().stamp_ns : cursor.bound_ns;
  if (turn.ready) turn.insert_id = cursor.ready.front().insert_id;
  turns_.push_back(std::move(turn));
  std::push_heap(turns_.begin(), turns_.end(), Later{*this});
}

bool EntryMerge::IsBehind(const Cursor& cursor, const logs::LogEntry& entry) const {
  if (!query_.after) return true;
  const EntryPosition place{entry.stamp_ns, entry.insert_id, cursor.source.project,
                            cursor.source.job_id};
  return query_.newest_first ? place < *query_.after : place > *query_.after;
}

Status EntryMerge::Read(Cursor& cursor) {
  MLENGINE_ASSIGN_OR_RETURN(
      logs::LogScan scan,
      store_.Scan({cursor.source.project, cursor.source.job_id}, cursor.query, cursor.hints));
  cursor.end = scan.end || scan.reached == kLast;
  if (scan.reached && !cursor.end) {
    if (query_.newest_first) {
      cursor.query.before_stamp_ns = *scan.reached;
      cursor.bound_ns = *scan.reached - 1;
    } else {
      cursor.query.after_stamp_ns = *scan.reached;
      cursor.query.inclusive = false;
      cursor.bound_ns = *scan.reached + 1;
    }
  }
  for (logs::LogEntry& entry : scan.entries) {
    if (IsBehind(cursor, entry)) cursor.ready.push_back(std::move(entry));
  }
  return OkStatus();
}

void EntryMerge::Reach(EntryPosition position) {
  const bool on = !reached_ || (query_.newest_first ? position < *reached_ : position > *reached_);
  if (on) reached_ = std::move(position);
}

Result<EntryMerge::Step> EntryMerge::Next() {
  Step step;
  step.end = turns_.empty();
  if (step.end) return step;
  std::pop_heap(turns_.begin(), turns_.end(), Later{*this});
  const Turn turn = std::move(turns_.back());
  turns_.pop_back();
  Cursor& cursor = cursors_[turn.cursor];
  if (turn.ready) {
    step.source = &cursor.source;
    step.entry = std::move(cursor.ready.front());
    cursor.ready.pop_front();
    Reach({step.entry.stamp_ns, step.entry.insert_id, cursor.source.project, cursor.source.job_id});
  } else {
    // All before this bound is done with: of the stamp beside it every entry, whatever its id.
    const std::int64_t stamp = turn.stamp_ns;
    if (query_.newest_first && stamp != kLast) Reach({stamp + 1, "", "", ""});
    if (!query_.newest_first && stamp != kFirst) Reach({stamp - 1, "\x7F", "", ""});
    MLENGINE_RETURN_IF_ERROR(Read(cursor));
  }
  Push(turn.cursor);
  return step;
}

}  // namespace mlengine::logging_api
