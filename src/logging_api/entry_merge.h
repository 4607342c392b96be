// EntryMerge: the entries of many jobs' logs in one order, read in pieces of bounded work. A job is
// opened only when the order reaches the time in which it may have entries. One thread.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/result.h"
#include "logs/log_store.h"

namespace mlengine::logging_api {

// A place in the order: by stamp, then insertId, then whose it is.
struct EntryPosition {
  std::int64_t stamp_ns = 0;
  std::string insert_id = {};
  std::string project = {};
  std::string job_id = {};
  friend auto operator<=>(const EntryPosition&, const EntryPosition&) = default;
};

struct EntrySource {
  std::string project;
  std::string job_id;
  // Its entries' stamps lie within; inclusive.
  std::int64_t least_stamp_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t most_stamp_ns = std::numeric_limits<std::int64_t>::max();
  std::string contains = {};  // as in ScanHints
};

struct MergeQuery {
  bool newest_first = false;
  std::int64_t least_stamp_ns = 0;  // both inclusive
  std::int64_t most_stamp_ns = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> task_names = {};  // empty: all
  int least_severity = 0;
  std::optional<EntryPosition> after = {};  // entries behind that place only
};

class EntryMerge {
 public:
  // `store` outlives it.
  EntryMerge(logs::LogStore& store, std::vector<EntrySource> sources, MergeQuery query);

  struct Step {
    const EntrySource* source = nullptr;  // of `entry`; null: there is none in this step
    logs::LogEntry entry;
    bool end = false;
  };
  // The next entry, or a piece of the way to it.
  Result<Step> Next();

  // Everything up to here was given out, or will never be. Unset: nothing yet.
  const std::optional<EntryPosition>& reached() const { return reached_; }

 private:
  struct Cursor {
    EntrySource source;
    logs::LogQuery query;
    logs::ScanHints hints;
    std::deque<logs::LogEntry> ready;
    bool end = false;
    std::int64_t bound_ns = 0;  // nothing of it lies before that, in the order
  };
  struct Turn {  // what lies next of a cursor; of one that has to read: its bound
    std::int64_t stamp_ns = 0;
    std::string insert_id;
    std::size_t cursor = 0;
    bool ready = false;
  };
  struct Later;

  void Add(EntrySource source);
  void Push(std::size_t cursor);
  Status Read(Cursor& cursor);
  bool IsBehind(const Cursor& cursor, const logs::LogEntry& entry) const;
  void Reach(EntryPosition position);

  logs::LogStore& store_;
  const MergeQuery query_;
  std::size_t entries_at_once_ = 0;
  std::uint64_t bytes_at_once_ = 0;
  std::vector<Cursor> cursors_;
  std::vector<Turn> turns_;  // a heap; the next one first
  std::optional<EntryPosition> reached_;
};

}  // namespace mlengine::logging_api
