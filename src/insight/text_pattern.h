// Patterns with holes, for lines that programs print: "No module named '{module}'". Pure; takes any
// bytes; linear but for repeated beginnings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mlengine::insight {

using Holes = std::map<std::string, std::string, std::less<>>;

// The first place in `text` where the pattern fits. A hole takes the shortest text of one line that
// fits, of at most 200 bytes, which may be empty; at the pattern's end all of the line. Text within
// one line only, also where the pattern has no hole.
std::optional<Holes> MatchPattern(std::string_view pattern, std::string_view text);

// `sentence` with each "{name}" replaced; by nothing where there is no such hole.
std::string FillHoles(std::string_view sentence, const Holes& holes);

// Without the sequences by which a terminal is told of colours ("\x1b[1;31m").
std::string WithoutColours(std::string_view text);

// At most `limit` bytes of the text, with "..." for what was left out at its end; no character is
// cut.
std::string Shortened(std::string_view text, std::size_t limit);

}  // namespace mlengine::insight
