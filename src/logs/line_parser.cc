#include "logs/line_parser.h"

#include <utility>

#include "logs/line_text.h"
#include "logs/severity.h"

namespace mlengine::logs {
namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last):";

bool IsBlank(std::string_view line) {
  return line.find_first_not_of("\r\n") == std::string_view::npos;
}

bool IsChainText(std::string_view line) {
  return line.starts_with("During handling of the above exception") ||
         line.starts_with("The above exception was the direct cause");
}

// Where to cut `bytes` (longer than kLongestEntry) so that no UTF-8 sequence is broken.
std::size_t CutPoint(std::string_view bytes) {
  const std::size_t end = LineParser::kLongestEntry;
  for (std::size_t back = 0; back < 4; ++back) {
    if ((static_cast<unsigned char>(bytes[end - back]) & 0xC0) != 0x80) return end - back;
  }
  return end;
}

}  // namespace

LineParser::LineParser(StreamRef::Kind kind, std::uint64_t offset)
    : kind_(kind), line_start_(offset) {}

void LineParser::Feed(std::string_view bytes, Time now, std::vector<Draft>& out) {
  if (bytes.empty()) return;
  last_bytes_ = now;
  if (!rest_.empty()) {
    // Only the line that was begun is copied together.
    const std::size_t end = bytes.find('\n');
    const std::size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
    const std::string begun = std::exchange(rest_, {}).append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    std::string_view view = begun;
    TakeLines(view, out);
    rest_ = std::string(view);
    if (bytes.empty()) return;
  }
  TakeLines(bytes, out);
  rest_ = std::string(bytes);
}

void LineParser::TakeLines(std::string_view& view, std::vector<Draft>& out) {
  while (!view.empty()) {
    const std::size_t end = view.find('\n');
    const std::size_t length = end == std::string_view::npos ? view.size() : end + 1;
    if (length > kLongestEntry) {
      CutLongLine(view, out);
      continue;
    }
    if (end == std::string_view::npos) break;
    TakeLine(view.substr(0, length), out);
    view.remove_prefix(length);
  }
}

void LineParser::CutLongLine(std::string_view& view, std::vector<Draft>& out) {
  EndBlock(out);
  const std::size_t length = CutPoint(view);
  if (!cut_severity_) {
    cut_severity_ = LineSeverity(view).value_or(
        kind_ == StreamRef::Kind::kStderr ? Severity::kError : Severity::kInfo);
  }
  out.push_back({line_start_, static_cast<std::uint32_t>(length), *cut_severity_, Draft::kPartial});
  line_start_ += length;
  view.remove_prefix(length);
}

Draft LineParser::Classify(std::string_view line) const {
  Draft draft{line_start_, static_cast<std::uint32_t>(line.size()),
              kind_ == StreamRef::Kind::kStderr ? Severity::kError : Severity::kInfo, 0};
  if (cut_severity_) {
    draft.severity = *cut_severity_;
  } else if (const std::optional<JsonLine> json = ParseJsonLine(line)) {
    draft.flags = Draft::kJson;
    draft.severity = json->severity.value_or(draft.severity);
  } else {
    draft.severity = LineSeverity(line).value_or(draft.severity);
  }
  return draft;
}

void LineParser::TakeLine(std::string_view line, std::vector<Draft>& out) {
  const Draft draft = Classify(line);
  line_start_ += line.size();
  const bool continued = std::exchange(cut_severity_, std::nullopt).has_value();
  if (state_ != Block::kNone) {
    if (block_.length + line.size() > kLongestEntry) {
      EndBlock(out);
    } else if (ContinueBlock(line, draft, out)) {
      return;
    }
  }
  if (!continued && line.starts_with(kTraceback)) {
    state_ = Block::kFrames;
    block_ = {draft.offset, draft.length, Severity::kError, Draft::kBlock};
    return;
  }
  out.push_back(draft);
}

bool LineParser::ContinueBlock(std::string_view line, const Draft& draft, std::vector<Draft>& out) {
  if (state_ == Block::kFrames) {
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    block_.length += draft.length;
    if (!indented) state_ = Block::kRaised;
    return true;
  }
  const bool announced = state_ == Block::kChain;
  if (announced && line.starts_with(kTraceback)) {
    const std::uint64_t length = draft.offset + draft.length - block_.offset;
    if (length <= kLongestEntry) {
      block_.length = static_cast<std::uint32_t>(length);
      chain_.clear();
      state_ = Block::kFrames;
      return true;
    }
  } else if (chain_.size() < 4 && (IsBlank(line) || (!announced && IsChainText(line)))) {
    chain_.push_back(draft);
    if (IsChainText(line)) state_ = Block::kChain;
    return true;
  }
  EndBlock(out);
  return false;
}

void LineParser::EndBlock(std::vector<Draft>& out) {
  if (state_ == Block::kNone) return;
  state_ = Block::kNone;
  out.push_back(block_);
  out.insert(out.end(), chain_.begin(), chain_.end());
  chain_.clear();
}

std::optional<Time> LineParser::deadline() const {
  if (state_ == Block::kNone) return std::nullopt;
  return last_bytes_ + kBlockSilence;
}

void LineParser::Tick(Time now, std::vector<Draft>& out) {
  const std::optional<Time> due = deadline();
  if (due && now >= *due) EndBlock(out);
}

void LineParser::Finish(std::vector<Draft>& out) {
  if (!rest_.empty()) {
    const std::string line = std::exchange(rest_, {});
    TakeLine(line, out);
  }
  EndBlock(out);
}

}  // namespace mlengine::logs
