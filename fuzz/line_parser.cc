// A program's output as log entries: every byte in exactly one entry, in order, whatever pieces the
// bytes come in; and every entry's text is UTF-8.
#include "logs/line_parser.h"

#include <boost/json.hpp>

#include "fuzz_target.h"
#include "insight/progress_line.h"
#include "logs/line_text.h"
#include "logs/severity.h"

namespace mlengine::fuzz {
namespace {

using logs::Draft;

std::vector<Draft> Cut(logs::StreamRef::Kind kind, std::string_view bytes, std::size_t piece) {
  logs::LineParser parser(kind, 0);
  std::vector<Draft> drafts;
  Time now = FromUnixNanos(0);
  for (std::string_view rest = bytes; !rest.empty();) {
    parser.Feed(rest.substr(0, piece), now, drafts);
    rest.remove_prefix(std::min(rest.size(), piece));
  }
  Require(parser.offset() == bytes.size(), "the parser knows where it is");
  parser.Finish(drafts);
  return drafts;
}

bool IsUtf8(const std::string& text) {
  return logs::ToValidUtf8(text) == text;
}

void CheckJson(const logs::JsonLine& line) {
  Require(IsUtf8(line.message) && IsUtf8(line.json), "a JSON line's texts are UTF-8");
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(line.json, error);
  Require(!error, "a JSON line is JSON");
  static_cast<void>(boost::json::parse(boost::json::serialize(value), error));
  Require(!error, "and written again it still is");
}

void CheckText(std::string_view raw) {
  Require(IsUtf8(logs::LineMessage(raw)), "a line's text is UTF-8");
  Require(IsUtf8(logs::BlockMessage(raw)), "a block's text is UTF-8");
  if (const auto json = logs::ParseJsonLine(raw)) CheckJson(*json);
  static_cast<void>(logs::LineSeverity(raw));
  if (const auto progress = insight::ParseProgress(raw)) {
    Require(progress->step.value_or(0) >= 0 && progress->total.value_or(0) >= 0 &&
                progress->epoch.value_or(0) >= 0,
            "progress counts from nothing up");
  }
}

}  // namespace

FUZZ_TARGET(line_parser) {
  if (bytes.empty()) return;
  const auto kind =
      (bytes[0] & 1) != 0 ? logs::StreamRef::Kind::kStderr : logs::StreamRef::Kind::kStdout;
  bytes.remove_prefix(1);
  const std::vector<Draft> whole = Cut(kind, bytes, bytes.size());
  std::uint64_t end = 0;
  for (const Draft& draft : whole) {
    Require(draft.offset == end, "entries lie one behind the other");
    Require(draft.length > 0 && draft.length <= logs::LineParser::kLongestEntry,
            "an entry is not empty, nor too long");
    end += draft.length;
    Require(end <= bytes.size(), "entries lie within the bytes");
    CheckText(bytes.substr(draft.offset, draft.length));
  }
  Require(end == bytes.size(), "every byte is in an entry");
  for (const std::size_t piece : {1U, 3U, 50U}) {
    const std::vector<Draft> other = Cut(kind, bytes, piece);
    Require(std::equal(whole.begin(), whole.end(), other.begin(), other.end(),
                       [](const Draft& a, const Draft& b) {
                         return a.offset == b.offset && a.length == b.length &&
                                a.severity == b.severity && a.flags == b.flags;
                       }),
            "pieces change nothing");
  }
}

}  // namespace mlengine::fuzz
