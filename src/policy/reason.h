// Reason: why something is as it is, for people and for programs.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mlengine::policy {

struct Reason {
  std::string sentence;  // in English
  // For those who say it in another language: a name that is never changed and what the sentence
  // has in it. "" where the sentence is all that is known.
  std::string code = {};
  std::vector<std::pair<std::string, std::string>> values = {};
  friend bool operator==(const Reason&, const Reason&) = default;
};

}  // namespace mlengine::policy
