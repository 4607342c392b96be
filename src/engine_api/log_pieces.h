// LogPieces: stretches of jobs' logs as followers get them, made once for all that stand at the
// same place and kept while there is room. Entries never change, so a piece stays true; a log that
// has ended may be removed, so its pieces are not kept. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "logs/log_store.h"

namespace mlengine::engine_api {

enum class PieceForm {
  kLines,   // a JSON object and a line end for each entry
  kEvents,  // server-sent events: the insertId as id, the JSON object as data
  kList,    // JSON objects with commas between
};

// Where one stands in a log, and what one wants of it.
struct LogPlace {
  std::vector<std::string> task_names = {};  // empty: all
  std::string after_insert_id = {};
  std::int64_t after_stamp_ns = -1;
};

struct LogPiece {
  std::string bytes;                    // may be empty: nothing looked at was wanted
  std::string last_id;                  // of its last entry; "": it has none
  std::optional<std::int64_t> reached;  // the stamp to go on behind; unset: there was nothing
  bool end = false;                     // there was no more then
};

class LogPieces {
 public:
  static constexpr std::uint64_t kPieceBytes = 64U << 10;  // of messages, in one
  static constexpr std::uint64_t kBudget = 32U << 20;      // bytes that are kept
  static constexpr std::size_t kMostKept = 16384;          // pieces

  // `store` outlives it.
  explicit LogPieces(logs::LogStore& store, std::uint64_t budget = kBudget)
      : store_(store), budget_(budget) {}

  // What comes behind a place. `ended`: the log had ended before this call. INVALID_ARGUMENT for an
  // insertId that is none; what the store's reading fails with.
  Result<std::shared_ptr<const LogPiece>> Next(const logs::JobRef& job, const LogPlace& place,
                                               PieceForm form, bool ended);

 private:
  using Shared = std::shared_ptr<const LogPiece>;
  struct Kept {
    Shared piece;
    std::list<std::string>::iterator use;
  };

  Result<Shared> Make(const logs::JobRef& job, const LogPlace& place, PieceForm form);
  Shared Find(const std::string& key);
  void Keep(const std::string& key, const Shared& piece);

  logs::LogStore& store_;
  const std::uint64_t budget_;
  // One maker at a time for a job: who waits for it finds the piece.
  std::array<std::mutex, 16> makers_;

  std::mutex mutex_;  // guards all below
  std::map<std::string, Kept> kept_;
  std::list<std::string> uses_;  // keys, the one used last in front
  std::uint64_t bytes_ = 0;
};

}  // namespace mlengine::engine_api
