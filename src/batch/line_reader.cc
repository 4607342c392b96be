#include <algorithm>
#include <utility>

#include "batch/instance_reader.h"

namespace mlengine::batch {
namespace {

bool IsBlank(const std::string& line) {
  return line.find_first_not_of(" \t") == std::string::npos;
}

class LineReader final : public InstanceReader {
 public:
  LineReader(ReadFunction read, std::uint64_t begin, std::uint64_t end, ReadPlace place)
      : end_(end), place_(place) {
    // The byte before tells whether a line begins at the very start.
    skips_ = place.count == 0 && begin > 0;
    if (place.count == 0) place_.offset = skips_ ? begin - 1 : begin;
    source_ = NewPlainSource(std::move(read), place_.offset);
  }

  Result<bool> Next(Instance& out) override {
    if (std::exchange(skips_, false)) {
      MLENGINE_RETURN_IF_ERROR(TakeLine(out).status());
    }
    while (place_.offset < end_) {
      MLENGINE_ASSIGN_OR_RETURN(const bool there, TakeLine(out));
      if (!there) return false;
      ++place_.count;
      if (out.error.empty() && IsBlank(out.bytes)) continue;
      out.number = place_.count;
      return true;
    }
    return false;
  }

  ReadPlace place() const override { return place_; }
  std::uint64_t stored_bytes() const override { return std::min(place_.offset, end_); }

 private:
  // The line at the place, whose end is passed; false where the file ends before any byte of it.
  Result<bool> TakeLine(Instance& out) {
    out.bytes.clear();
    out.error.clear();
    std::uint64_t length = 0;
    bool ended = false;
    while (!ended) {
      if (at_ == block_.size()) {
        MLENGINE_ASSIGN_OR_RETURN(block_, source_->Next());
        at_ = 0;
        if (block_.empty()) break;
      }
      const std::size_t newline = block_.find('\n', at_);
      ended = newline != std::string::npos;
      const std::size_t stop = ended ? newline : block_.size();
      length += stop - at_;
      if (length <= kLongestInstance) out.bytes.append(block_, at_, stop - at_);
      at_ = ended ? stop + 1 : stop;
    }
    place_.offset += length + (ended ? 1 : 0);
    if (length > kLongestInstance) {
      out.bytes.clear();
      out.error = "The line has " + std::to_string(length) + " bytes; at most " +
                  std::to_string(kLongestInstance) + " are possible.";
    }
    if (out.bytes.ends_with('\r')) out.bytes.pop_back();
    return ended || length > 0;
  }

  const std::uint64_t end_;
  ReadPlace place_;
  bool skips_ = false;
  std::unique_ptr<ByteSource> source_;
  std::string block_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<InstanceReader> NewLineReader(ReadFunction read, std::uint64_t begin,
                                              std::uint64_t end, ReadPlace place) {
  return std::make_unique<LineReader>(std::move(read), begin, end, place);
}

}  // namespace mlengine::batch
