#include "logs/folded_search.h"

namespace mlengine::logs {
namespace {

unsigned char Fold(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

}  // namespace

FoldedSearch::FoldedSearch(std::string_view needle) : needle_(needle) {
  for (char& c : needle_) c = static_cast<char>(Fold(c));
  skip_.fill(needle_.size());
  for (std::size_t i = 0; i + 1 < needle_.size(); ++i)
    skip_[static_cast<unsigned char>(needle_[i])] = needle_.size() - 1 - i;
}

bool FoldedSearch::In(std::string_view text) const {
  const std::size_t size = needle_.size();
  if (size == 0) return true;
  const auto last = static_cast<unsigned char>(needle_.back());
  for (std::size_t at = size - 1; at < text.size();) {
    const unsigned char c = Fold(text[at]);
    if (c == last) {
      std::size_t i = 0;
      while (i + 1 < size &&
             Fold(text[at - size + 1 + i]) == static_cast<unsigned char>(needle_[i]))
        ++i;
      if (i + 1 == size) return true;
    }
    at += skip_[c];
  }
  return false;
}

}  // namespace mlengine::logs
