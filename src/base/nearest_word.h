// NearestWord: for "did you mean". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine {

// The candidate that `word` most likely stands for; empty when none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mlengine
