#include "logging_api/search_words.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "logging_api/filter_value.h"

namespace mlengine::logging_api {
namespace {

bool IsLetter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

// Cuts the first word off; empty at the end.
std::string_view TakeWord(std::string_view& text) {
  while (!text.empty() && !IsLetter(text.front())) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && IsLetter(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool Same(std::string_view word, const std::string& folded) {
  return word.size() == folded.size() && ContainsFolded(word, folded);
}

}  // namespace

std::vector<std::vector<std::string>> SearchPhrases(std::string_view text) {
  std::vector<std::vector<std::string>> phrases;
  bool quoted = false;
  while (true) {
    const std::size_t tick = std::min(text.find('`'), text.size());
    std::string_view piece = text.substr(0, tick);
    std::vector<std::string> phrase;
    for (std::string_view word; !(word = TakeWord(piece)).empty();) {
      phrase.push_back(FoldCase(word));
      if (!quoted) phrases.push_back(std::exchange(phrase, {}));
    }
    if (!phrase.empty()) phrases.push_back(std::move(phrase));
    if (tick == text.size()) return phrases;
    text.remove_prefix(tick + 1);
    quoted = !quoted;
  }
}

bool HasPhrase(std::string_view text, const std::vector<std::string>& phrase) {
  if (phrase.empty()) return true;
  while (true) {
    const std::string_view first = TakeWord(text);
    if (first.empty()) return false;
    if (!Same(first, phrase[0])) continue;
    std::string_view rest = text;
    const bool all = std::all_of(phrase.begin() + 1, phrase.end(), [&](const std::string& word) {
      return Same(TakeWord(rest), word);
    });
    if (all) return true;
  }
}

}  // namespace mlengine::logging_api
