#include "runtimes/held_distributions.h"

#include <cctype>
#include <string_view>

namespace mlengine::runtimes {
namespace {

constexpr std::string_view kInfo = ".dist-info";

std::string Normalized(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    c = c == '_' || c == '.' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::map<std::string, std::string, std::less<>> HeldDistributions(
    FileSystem& files, const std::string& interpreter, const std::string& python_version) {
  std::map<std::string, std::string, std::less<>> held;
  const std::string minor = python_version.substr(0, python_version.rfind('.'));
  const std::string folder =
      JoinPath(ParentPath(ParentPath(interpreter)), "lib/python" + minor + "/site-packages");
  const Result<std::vector<std::string>> names = files.List(folder);
  if (!names.ok()) return held;
  for (const std::string_view name : *names) {
    if (!name.ends_with(kInfo)) continue;
    const std::string_view stem = name.substr(0, name.size() - kInfo.size());
    const std::size_t dash = stem.find('-');
    if (dash != std::string_view::npos)
      held[Normalized(stem.substr(0, dash))] = std::string(stem.substr(dash + 1));
  }
  return held;
}

}  // namespace mlengine::runtimes
