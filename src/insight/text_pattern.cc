#include "insight/text_pattern.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mlengine::insight {
namespace {

constexpr std::size_t kLongestHole = 200;
// Places where the beginning of a pattern is found without the rest.
constexpr int kMostTries = 64;

// A piece of the pattern: literal text, and the name of the hole behind it ("" at the end).
struct Piece {
  std::string_view literal;
  std::string_view hole;
  bool has_hole = false;
};

std::vector<Piece> PiecesOf(std::string_view pattern) {
  std::vector<Piece> pieces;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    const std::size_t close =
        open == std::string_view::npos ? std::string_view::npos : pattern.find('}', open);
    if (close == std::string_view::npos) {
      pieces.push_back({pattern, "", false});
      break;
    }
    pieces.push_back({pattern.substr(0, open), pattern.substr(open + 1, close - open - 1), true});
    pattern.remove_prefix(close + 1);
  }
  return pieces;
}

std::string_view LineOf(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// The pieces after the first literal, which ended where `rest` begins.
std::optional<Holes> MatchRest(const std::vector<Piece>& pieces, std::string_view rest) {
  rest = LineOf(rest);
  Holes holes;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].has_hole) break;
    const bool last = i + 1 == pieces.size();
    const std::size_t end = last ? rest.size() : rest.find(pieces[i + 1].literal);
    if (end == std::string_view::npos || (!last && end > kLongestHole)) return std::nullopt;
    holes[std::string(pieces[i].hole)] = Shortened(rest.substr(0, end), kLongestHole);
    if (!last) rest.remove_prefix(end + pieces[i + 1].literal.size());
  }
  return holes;
}

}  // namespace

std::optional<Holes> MatchPattern(std::string_view pattern, std::string_view text) {
  const std::vector<Piece> pieces = PiecesOf(pattern);
  if (pieces.empty() || pieces[0].literal.empty()) return std::nullopt;
  const std::string_view first = pieces[0].literal;
  std::size_t at = text.find(first);
  for (int tries = 0; at != std::string_view::npos && tries < kMostTries; ++tries) {
    if (auto holes = MatchRest(pieces, text.substr(at + first.size()))) return holes;
    at = text.find(first, at + 1);
  }
  return std::nullopt;
}

std::string FillHoles(std::string_view sentence, const Holes& holes) {
  std::string out;
  for (const Piece& piece : PiecesOf(sentence)) {
    out += piece.literal;
    if (!piece.has_hole) continue;
    if (const auto value = holes.find(piece.hole); value != holes.end()) out += value->second;
  }
  return out;
}

std::string WithoutColours(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("\x1b["), text.size());
    out += text.substr(0, begin);
    text.remove_prefix(begin);
    if (text.empty()) break;
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    // The letter that ends it; another byte is no part of it.
    const bool ended = end != std::string_view::npos && text[end] >= '@' && text[end] <= '~';
    text.remove_prefix(std::min(ended ? end + 1 : end, text.size()));
  }
  return out;
}

std::string Shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr std::string_view kCut = "...";
  std::size_t end = limit > kCut.size() ? limit - kCut.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kCut);
}

}  // namespace mlengine::insight
