#include "logs/stretch_search.h"

#include <algorithm>
#include <utility>

#include "logs/index_record.h"
#include "logs/line_parser.h"

namespace mlengine::logs {
namespace {

constexpr std::uint64_t kPiece = 1U << 20;

}  // namespace

Result<std::string> ByteSource::ReadAt(FileSystem& files, std::uint64_t offset,
                                       std::uint64_t count) const {
  if (segment != nullptr) return segment->ReadAt(offset, count);
  return files.ReadAt(path, offset, count);
}

StretchSearch::StretchSearch(FileSystem& files, ByteSource index, ByteSource service,
                             std::vector<ByteSource> streams, std::string_view text)
    : files_(files),
      index_(std::move(index)),
      service_(std::move(service)),
      streams_(std::move(streams)),
      length_(text.size()),
      search_(text) {}

bool StretchSearch::TakeRanges(std::uint64_t first_record, std::uint64_t count, Found& found) {
  ranges_.assign(streams_.size() + 1, {});
  has_json_ = false;
  const Result<std::string> bytes =
      index_.ReadAt(files_, IndexRecord::kHeaderBytes + first_record * IndexRecord::kBytes,
                    count * IndexRecord::kBytes);
  if (!bytes.ok() || bytes->size() != count * IndexRecord::kBytes) return false;
  for (std::uint64_t at = 0; at < bytes->size(); at += IndexRecord::kBytes) {
    const IndexRecord record = DecodeUnchecked(std::string_view(*bytes).substr(at));
    if (at == 0) found.first_stamp = record.stamp_ns;
    found.last_stamp = record.stamp_ns;
    if (!record.is_entry()) continue;
    if ((record.flags & Draft::kJson) != 0) has_json_ = true;
    const bool service = (record.flags & IndexRecord::kService) != 0;
    if (!service && record.stream >= streams_.size()) continue;
    Range& range = ranges_[service ? streams_.size() : record.stream];
    range.begin = std::min(range.begin, record.offset);
    range.end = std::max(range.end, record.offset + record.length);
  }
  return true;
}

bool StretchSearch::Holds(const ByteSource& source, const Range& range) const {
  std::string text;
  for (std::uint64_t at = range.begin; at < range.end; at += kPiece) {
    const std::uint64_t want = std::min(kPiece, range.end - at);
    const Result<std::string> piece = source.ReadAt(files_, at, want);
    if (!piece.ok() || piece->size() < want) return true;
    // A program's JSON may write any letter as an escape.
    if (has_json_ && piece->find('\\') != std::string::npos) return true;
    // The end of the piece before: the text may lie across the cut.
    text.erase(0, text.size() - std::min(text.size(), length_));
    text += *piece;
    if (search_.In(text)) return true;
  }
  return false;
}

StretchSearch::Found StretchSearch::Look(std::uint64_t first_record, std::uint64_t count) {
  Found found;
  if (!TakeRanges(first_record, count, found)) return found;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const Range& range = ranges_[i];
    if (range.begin >= range.end) continue;
    found.bytes += range.end - range.begin;
    if (Holds(i < streams_.size() ? streams_[i] : service_, range)) return found;
  }
  found.may_hold = false;
  return found;
}

}  // namespace mlengine::logs
