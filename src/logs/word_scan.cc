#include "logs/word_scan.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "logs/index_record.h"
#include "logs/line_parser.h"

namespace mlengine::logs {
namespace {

constexpr std::uint64_t kPiece = 1U << 20;

void ToLower(std::string& text) {
  for (char& c : text) c = static_cast<char>(c + (c >= 'A' && c <= 'Z' ? 'a' - 'A' : 0));
}

}  // namespace

bool IsScannable(std::string_view word) {
  return !word.empty() && word.size() <= WordScan::kLongestWord &&
         std::ranges::all_of(word, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Result<std::string> ByteSource::ReadAt(FileSystem& files, std::uint64_t offset,
                                       std::uint64_t count) const {
  if (segment != nullptr) return segment->ReadAt(offset, count);
  return files.ReadAt(path, offset, count);
}

WordScan::WordScan(FileSystem& files, ByteSource index, ByteSource service,
                   std::vector<ByteSource> streams, std::vector<std::string> words)
    : files_(files),
      index_(std::move(index)),
      service_(std::move(service)),
      streams_(std::move(streams)),
      words_(std::move(words)) {}

// Where the entries' bytes lie; false when that is not certain, or bytes do not show the words.
bool WordScan::Ranges(std::uint64_t first_record, std::uint64_t count) {
  ranges_.assign(streams_.size() + 1, {});
  const Result<std::string> bytes =
      index_.ReadAt(files_, IndexRecord::kHeaderBytes + first_record * IndexRecord::kBytes,
                    count * IndexRecord::kBytes);
  if (!bytes.ok() || bytes->size() != count * IndexRecord::kBytes) return false;
  for (std::uint64_t at = 0; at < bytes->size(); at += IndexRecord::kBytes) {
    const IndexRecord record = DecodeUnchecked(std::string_view(*bytes).substr(at));
    if (!record.is_entry()) continue;
    // JSON may write a letter as \u0041.
    if ((record.flags & Draft::kJson) != 0) return false;
    const bool service = (record.flags & IndexRecord::kService) != 0;
    if (!service && record.stream >= streams_.size()) continue;
    Range& range = ranges_[service ? streams_.size() : record.stream];
    range.begin = std::min(range.begin, record.offset);
    range.end = std::max(range.end, record.offset + record.length);
  }
  return true;
}

bool WordScan::Scan(const ByteSource& source, const Range& range) {
  std::string tail;  // of the piece before: a word may lie across the cut
  for (std::uint64_t at = range.begin; at < range.end; at += kPiece) {
    const std::uint64_t want = std::min(kPiece, range.end - at);
    Result<std::string> piece = source.ReadAt(files_, at, want);
    if (!piece.ok()) return false;
    const bool whole = piece->size() == want;
    ToLower(*piece);
    const std::string text = tail.empty() ? *std::move(piece) : tail + *piece;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (found_[i]) continue;
      found_[i] = ::memmem(text.data(), text.size(), words_[i].data(), words_[i].size()) != nullptr;
    }
    if (std::ranges::find(found_, false) == found_.end()) return true;
    if (!whole) return false;
    tail = text.substr(text.size() - std::min(text.size(), kLongestWord));
  }
  return true;
}

bool WordScan::MayHold(std::uint64_t first_record, std::uint64_t count) {
  if (!Ranges(first_record, count)) return true;
  found_.assign(words_.size(), false);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (ranges_[i].begin >= ranges_[i].end) continue;
    if (!Scan(i < streams_.size() ? streams_[i] : service_, ranges_[i])) return true;
    if (std::ranges::find(found_, false) == found_.end()) return true;
  }
  return false;
}

}  // namespace mlengine::logs
