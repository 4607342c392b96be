#include "engine_api/log_pieces.h"

#include <functional>
#include <string_view>

#include "engine_api/log_line.h"

namespace mlengine::engine_api {
namespace {

// Of a filter that few entries pass: bounds the time that one look takes.
constexpr std::uint64_t kRecordsAtOnce = 1U << 16;
constexpr std::uint64_t kOverhead = 256;  // bytes of a piece that is kept, beside key and text

// Names hold no zero byte.
std::string KeyOf(const logs::JobRef& job, const LogPlace& place, PieceForm form) {
  std::string key = job.project;
  key += '\0';
  key += job.job_id;
  for (const std::string& name : place.task_names) {
    key += '\0';
    key += name;
  }
  key += std::string_view("\0\0", 2);
  key += std::to_string(static_cast<int>(form)) + ' ' + std::to_string(place.after_stamp_ns) + ' ' +
         place.after_insert_id;
  return key;
}

void Render(const logs::LogEntry& entry, PieceForm form, std::string& out) {
  switch (form) {
    case PieceForm::kLines:
      out += JsonLine(entry);
      return;
    case PieceForm::kEvents:
      // The line's own end and one more are the event's.
      out += "id: " + entry.insert_id + "\ndata: " + JsonLine(entry) + "\n";
      return;
    case PieceForm::kList:
      if (!out.empty()) out += ',';
      out += JsonLine(entry);
      return;
  }
}

std::uint64_t CostOf(const std::string& key, const LogPiece& piece) {
  return key.size() * 2 + piece.bytes.size() + kOverhead;
}

}  // namespace

Result<std::shared_ptr<const LogPiece>> LogPieces::Next(const logs::JobRef& job,
                                                        const LogPlace& place, PieceForm form,
                                                        bool ended) {
  if (ended) return Make(job, place, form);
  const std::string key = KeyOf(job, place, form);
  if (Shared known = Find(key)) return known;
  const std::lock_guard making(
      makers_[std::hash<std::string>()(job.project + '/' + job.job_id) % makers_.size()]);
  if (Shared known = Find(key)) return known;
  MLENGINE_ASSIGN_OR_RETURN(Shared piece, Make(job, place, form));
  if (piece->reached) Keep(key, piece);
  return piece;
}

Result<LogPieces::Shared> LogPieces::Make(const logs::JobRef& job, const LogPlace& place,
                                          PieceForm form) {
  logs::LogQuery query;
  query.task_names = place.task_names;
  query.after_insert_id = place.after_insert_id;
  query.after_stamp_ns = place.after_stamp_ns;
  query.byte_limit = kPieceBytes;
  MLENGINE_ASSIGN_OR_RETURN(const logs::LogScan scan,
                            store_.Scan(job, query, {.records = kRecordsAtOnce}));
  auto piece = std::make_shared<LogPiece>();
  for (const logs::LogEntry& entry : scan.entries) Render(entry, form, piece->bytes);
  if (!scan.entries.empty()) piece->last_id = scan.entries.back().insert_id;
  piece->reached = scan.reached;
  piece->end = scan.end;
  return Shared(std::move(piece));
}

LogPieces::Shared LogPieces::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.piece;
}

void LogPieces::Keep(const std::string& key, const Shared& piece) {
  const std::uint64_t cost = CostOf(key, *piece);
  const std::lock_guard lock(mutex_);
  if (cost > budget_ || kept_.contains(key)) return;
  uses_.push_front(key);
  kept_[key] = {piece, uses_.begin()};
  bytes_ += cost;
  while (bytes_ > budget_ || kept_.size() > kMostKept) {
    const auto last = kept_.find(uses_.back());
    bytes_ -= CostOf(last->first, *last->second.piece);
    kept_.erase(last);
    uses_.pop_back();
  }
}

}  // namespace mlengine::engine_api
