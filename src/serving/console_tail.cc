#include "serving/console_tail.h"

#include <utility>

#include "logs/line_text.h"
#include "model/version_log_name.h"

namespace mlengine::serving {
namespace {

constexpr std::uint64_t kMostAtOnce = 1U << 20;  // bytes of one look
// Processes write both of their streams into one file.
constexpr auto kKind = logs::StreamRef::Kind::kStdout;

}  // namespace

ConsoleTail::ConsoleTail(FileSystem& files, std::string path, std::uint64_t from)
    : files_(files), path_(std::move(path)), parser_(kKind, from), held_offset_(from) {}

ConsoleTail::Piece ConsoleTail::Read(Time now) {
  Piece piece;
  const Result<FileStat> stat = files_.Stat(path_);
  const std::uint64_t size = stat.ok() ? stat->size : 0;
  std::uint64_t from = parser_.offset();
  const bool replaced = stat.ok() && size < from;
  if (replaced) from = 0;
  if (size > from + kMostAtOnce) {
    piece.skipped = size - kMostAtOnce - from;
    from += piece.skipped;
  }
  if (replaced || piece.skipped > 0) {
    parser_ = logs::LineParser(kKind, from);
    held_.clear();
    held_offset_ = from;
  }
  std::vector<logs::Draft> drafts;
  if (size > from) {
    const Result<std::string> bytes = files_.ReadAt(path_, from, size - from);
    if (bytes.ok()) {
      held_ += *bytes;
      parser_.Feed(*bytes, now, drafts);
    }
  }
  parser_.Tick(now, drafts);
  std::uint64_t end = held_offset_;
  for (const logs::Draft& draft : drafts) {
    const std::string_view raw =
        std::string_view(held_).substr(draft.offset - held_offset_, draft.length);
    end = draft.offset + draft.length;
    std::string text =
        (draft.flags & logs::Draft::kBlock) != 0 ? logs::BlockMessage(raw) : logs::LineMessage(raw);
    if (text.empty()) continue;
    piece.entries.push_back({draft.severity, std::move(text), model::kStreamTask});
  }
  held_.erase(0, end - held_offset_);
  held_offset_ = end;
  return piece;
}

}  // namespace mlengine::serving
