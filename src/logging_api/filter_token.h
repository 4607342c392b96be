// The words of a log filter. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::logging_api {

// One part of a path between dots: labels."a/b" has two.
struct PathPart {
  std::string text;
  bool quoted = false;
  friend bool operator==(const PathPart&, const PathPart&) = default;
};

struct FilterToken {
  enum class Type {
    kEnd,
    kOpen,
    kClose,
    kComma,
    kMinus,     // right before what it negates
    kOperator,  // = != < <= > >= : =~ !~
    kWord,      // bare, or a path with quoted parts
    kText,      // quoted
  };
  Type type = Type::kEnd;
  std::string text;             // as written; of kText: what it stands for
  std::string raw;              // of kText: between the quotes, as a regular expression reads it
  std::vector<PathPart> parts;  // of kWord and kText where a field may stand
  std::size_t at = 0;           // its first byte in the filter
  bool touches_next = false;    // no space before the next token

  bool IsKeyword(std::string_view word) const { return type == Type::kWord && text == word; }
};

// The last token is kEnd. INVALID_ARGUMENT says what is wrong and at which character.
Result<std::vector<FilterToken>> Tokenize(std::string_view filter);

// "at character N", counted from 1 in characters, not bytes.
std::string AtCharacter(std::string_view filter, std::size_t byte);

}  // namespace mlengine::logging_api
