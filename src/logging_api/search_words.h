// The words of SEARCH(...): letters, digits and whatever is not ASCII; all else parts them. Cases
// are one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::logging_api {

// Each word by itself, and the words between backticks together, as a phrase.
std::vector<std::vector<std::string>> SearchPhrases(std::string_view text);

// Whether the words of the phrase stand in the text, one right after the other.
bool HasPhrase(std::string_view text, const std::vector<std::string>& phrase);

}  // namespace mlengine::logging_api
