#include "fuzz_target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mlengine::fuzz {

std::string& CurrentInput() {
  static std::string path;
  return path;
}

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  if (!CurrentInput().empty())
    std::fprintf(stderr, "fuzz: the input is %s\n", CurrentInput().c_str());
  std::abort();
}

void RequireError(const Status& status, std::initializer_list<StatusCode> codes) {
  if (std::find(codes.begin(), codes.end(), status.code()) == codes.end()) {
    std::fprintf(stderr, "fuzz: unexpected: %s\n", status.ToString().c_str());
    Require(false, "an error has a code that its seam promises");
  }
  Require(!status.message().empty(), "an error says something");
}

std::vector<std::string> SplitInput(std::string_view bytes, std::size_t count) {
  constexpr std::string_view kCut = "\n--8<--\n";
  std::vector<std::string> parts(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = i + 1 < count ? bytes.find(kCut) : std::string_view::npos;
    parts[i] = std::string(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + kCut.size());
  }
  return parts;
}

std::vector<ListedTarget>& Targets() {
  static std::vector<ListedTarget> targets;
  return targets;
}

Target::Target(const char* name, TargetFunction function) {
  Targets().push_back({name, function});
}

}  // namespace mlengine::fuzz
