#include "metrics/followed_file.h"

#include <algorithm>
#include <string_view>

namespace mlengine::metrics {
namespace {

constexpr std::uint64_t kPiece = 1U << 20;
// So many bytes at the start and before the offset tell whether a file is still the same.
constexpr std::size_t kSample = 256;

}  // namespace

Result<bool> FollowedFile::OnlyGrew(const EventSource& source, const FoundFile& found) const {
  if (found.size < file_.offset()) return false;
  MLENGINE_ASSIGN_OR_RETURN(const std::string first, source.Read(found, 0, first_bytes_.size()));
  if (first != first_bytes_) return false;
  MLENGINE_ASSIGN_OR_RETURN(
      const std::string last,
      source.Read(found, file_.offset() - last_bytes_.size(), last_bytes_.size()));
  return last == last_bytes_;
}

void FollowedFile::Take(std::string_view bytes, std::size_t most_series) {
  if (first_bytes_.size() < kSample) first_bytes_ += bytes.substr(0, kSample - first_bytes_.size());
  last_bytes_ += bytes.substr(bytes.size() - std::min(bytes.size(), kSample));
  if (last_bytes_.size() > kSample) last_bytes_.erase(0, last_bytes_.size() - kSample);
  file_.Add(bytes, [&](std::string_view tag, const insight::MetricPoint& point) {
    auto at = series_.find(tag);
    if (at == series_.end()) {
      if (series_.size() >= most_series) {
        ++left_out_;
        return;
      }
      at = series_.emplace(tag, insight::MetricSeries()).first;
    }
    at->second.Add(point);
  });
}

Status FollowedFile::Follow(const EventSource& source, const FoundFile& found,
                            std::size_t most_series, std::uint64_t& budget) {
  if (!version_.empty() && found.version == version_) return OkStatus();
  if (file_.offset() > 0) {
    MLENGINE_ASSIGN_OR_RETURN(const bool only_grew, OnlyGrew(source, found));
    if (!only_grew) *this = FollowedFile();
  }
  version_.clear();
  size_ = found.size;
  while (file_.offset() < size_) {
    // The end of a file that grows meanwhile is the next call's.
    const std::uint64_t count = std::min({kPiece, budget, size_ - file_.offset()});
    if (count == 0) return OkStatus();
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, source.Read(found, file_.offset(), count));
    if (bytes.empty()) return OkStatus();  // cut meanwhile: the next call reads it anew
    budget -= bytes.size();
    Take(bytes, most_series);
  }
  version_ = found.version;
  return OkStatus();
}

std::size_t FollowedFile::bytes() const {
  std::size_t sum = sizeof(*this) + file_.waiting();
  for (const auto& [tag, series] : series_) sum += tag.size() + series.bytes() + 64;
  return sum;
}

}  // namespace mlengine::metrics
