#include "insight/python_traceback.h"

#include <algorithm>
#include <utility>

#include "insight/text_pattern.h"

namespace mlengine::insight {
namespace {

constexpr std::string_view kHead = "Traceback (most recent call last):";
constexpr int kMostLines = 40;
constexpr std::size_t kMostBytes = 8192;
constexpr std::size_t kMostChain = 16;
constexpr std::size_t kMostFrames = 64;

bool IsIndented(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

bool IsChainText(std::string_view line) {
  return line.starts_with("During handling of the above exception") ||
         line.starts_with("The above exception was the direct cause");
}

// PyTorch's ranks say who they are before each line.
std::string_view WithoutRank(std::string_view line) {
  if (!line.starts_with("[rank")) return line;
  const std::size_t end = line.find("]:");
  if (end == std::string_view::npos || end > 12) return line;
  line.remove_prefix(end + 2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c >= 0x80;
  });
}

// The type at the start of an exception's line; "" when the line is none.
std::string_view TypeOf(std::string_view line) {
  const std::string_view type = line.substr(0, line.find(':'));
  return IsName(type) && type.size() < 200 && std::isdigit(static_cast<unsigned char>(type[0])) == 0
             ? type
             : std::string_view();
}

std::optional<Frame> FrameOf(std::string_view line) {
  auto holes = MatchPattern("  File \"{file}\", line {line}, in {function}", line);
  if (!holes) holes = MatchPattern("  File \"{file}\", line {line}", line);
  if (!holes) return std::nullopt;
  return Frame{(*holes)["file"], (*holes)["line"], (*holes)["function"], ""};
}

// Reads one traceback from its head on.
class Reader {
 public:
  Reader(const std::vector<std::string_view>& lines, std::size_t at) : lines_(lines), at_(at) {}

  // Nothing when the exception itself is missing.
  std::optional<RaisedException> Read() {
    RaisedException raised;
    ++at_;
    for (; at_ < lines_.size() && IsIndented(lines_[at_]); ++at_) TakeFrameLine(raised);
    if (at_ >= lines_.size()) return std::nullopt;
    raised.type = std::string(TypeOf(lines_[at_]));
    if (raised.type.empty()) return std::nullopt;
    exception_at_ = at_;
    int taken = 0;
    for (; at_ < lines_.size() && !IsEnd(lines_[at_]); ++at_) {
      if (++taken > kMostLines || raised.text.size() > kMostBytes) break;
      if (!raised.text.empty()) raised.text += '\n';
      raised.text += lines_[at_];
    }
    raised.text = Shortened(raised.text, kMostBytes);
    while (raised.text.ends_with('\n')) raised.text.pop_back();
    ChooseFrame(raised);
    return raised;
  }
  std::size_t at() const { return at_; }
  std::size_t exception_at() const { return exception_at_; }

 private:
  static bool IsEnd(std::string_view line) { return line.starts_with(kHead) || IsChainText(line); }

  void TakeFrameLine(RaisedException& raised) {
    const std::string_view line = lines_[at_];
    if (std::optional<Frame> frame = FrameOf(line)) {
      if (raised.frames.size() == kMostFrames) raised.frames.erase(raised.frames.begin());
      raised.frames.push_back(*std::move(frame));
    } else if (!raised.frames.empty() && raised.frames.back().code.empty()) {
      const std::size_t begin = line.find_first_not_of(" \t");
      if (begin != std::string_view::npos)
        raised.frames.back().code = Shortened(line.substr(begin), 200);
    }
  }

  static void ChooseFrame(RaisedException& raised) {
    if (raised.frames.empty()) return;
    raised.frame = raised.frames.back();
    const auto own = std::find_if(raised.frames.rbegin(), raised.frames.rend(), IsOfUser);
    if (own != raised.frames.rend()) raised.frame = *own;
  }

  const std::vector<std::string_view>& lines_;
  std::size_t at_;
  std::size_t exception_at_ = 0;
};

// Whether another traceback of the same chain begins within the lines after `at`.
std::optional<std::size_t> NextOfChain(const std::vector<std::string_view>& lines, std::size_t at) {
  bool announced = false;
  for (std::size_t i = at; i < lines.size() && i < at + 6; ++i) {
    if (IsChainText(lines[i])) announced = true;
    if (lines[i].starts_with(kHead)) return announced ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

int CountPlain(const std::vector<std::string_view>& lines, std::size_t from) {
  int count = 0;
  for (std::size_t i = from; i < lines.size(); ++i) {
    if (!lines[i].empty() && !IsIndented(lines[i])) ++count;
  }
  return count;
}

}  // namespace

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (const std::size_t redraw = line.rfind('\r'); redraw != std::string_view::npos)
      line.remove_prefix(redraw + 1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<Traceback> LastTracebackOf(std::string_view text) {
  std::vector<std::string_view> lines = LinesOf(text);
  for (std::string_view& line : lines) line = WithoutRank(line);
  std::optional<Traceback> last;
  for (std::size_t i = 0; i < lines.size();) {
    if (!lines[i].starts_with(kHead)) {
      ++i;
      continue;
    }
    Traceback found;
    std::optional<std::size_t> head = i;
    std::size_t exception_at = 0;
    while (head) {
      Reader reader(lines, *head);
      std::optional<RaisedException> raised = reader.Read();
      i = std::max(reader.at(), *head + 1);
      if (raised && found.chain.size() < kMostChain) {
        exception_at = reader.exception_at();
        found.chain.push_back(*std::move(raised));
      }
      head = NextOfChain(lines, i);
    }
    if (found.chain.empty()) continue;
    found.lines_after = CountPlain(lines, exception_at + 1);
    last = std::move(found);
  }
  return last;
}

bool IsOfUser(const Frame& frame) {
  for (const std::string_view place : {"/site-packages/", "/dist-packages/", "/lib/python", "<"}) {
    if (frame.file.find(place) != std::string::npos) return false;
  }
  return true;
}

std::string PlaceOf(const Frame& frame) {
  std::string_view file = frame.file;
  for (const std::string_view above : {"/site-packages/", "/dist-packages/"}) {
    if (const std::size_t at = file.rfind(above); at != std::string_view::npos)
      file.remove_prefix(at + above.size());
  }
  // The package and the module are enough.
  std::size_t slash = file.rfind('/');
  if (slash != std::string_view::npos && slash > 0) slash = file.rfind('/', slash - 1);
  if (file.starts_with('/') && slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file) + ", line " + frame.line;
}

}  // namespace mlengine::insight
