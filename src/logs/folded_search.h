// FoldedSearch: finds a text without regard to the case of A to Z, skipping where it cannot be
// (Horspool). Pure; may be used by many threads.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace mlengine::logs {

class FoldedSearch {
 public:
  explicit FoldedSearch(std::string_view needle);
  bool In(std::string_view text) const;

 private:
  std::string needle_;  // in lower case
  std::array<std::size_t, 256> skip_{};
};

}  // namespace mlengine::logs
