#include "ml_api/update_mask.h"

#include <algorithm>

#include "ml_api/method.h"

namespace mlengine::ml_api {
namespace {

constexpr std::size_t kMostPaths = 100;

std::string ToSnake(std::string_view path) {
  std::string snake;
  for (const char c : path) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      snake += static_cast<char>(c - 'A' + 'a');
    } else if (c != ' ') {
      snake += c;
    }
  }
  return snake;
}

std::string Joined(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += (text.empty() ? "" : ", ") + path;
  return text;
}

}  // namespace

Result<std::set<std::string>> UpdateMask(const net::Request& request,
                                         const std::vector<std::string>& allowed,
                                         const std::vector<std::string>& later) {
  const std::string text = Parameter(request, "updateMask");
  if (text.empty()) {
    return FieldError(
        StatusCode::kInvalidArgument, "update_mask",
        "The update mask is required; these can be updated: " + Joined(allowed) + ".");
  }
  std::set<std::string> mask;
  std::string_view rest = text;
  for (std::size_t count = 0; count < kMostPaths; ++count) {
    const std::size_t comma = rest.find(',');
    const std::string path = ToSnake(rest.substr(0, comma));
    for (const std::string& one : later) {
      if (path == one || path.starts_with(one + ".")) {
        return FieldError(StatusCode::kUnimplemented, "update_mask",
                          "\"" + path + "\" cannot be updated on this engine yet.");
      }
    }
    if (std::find(allowed.begin(), allowed.end(), path) == allowed.end()) {
      return FieldError(
          StatusCode::kInvalidArgument, "update_mask",
          "\"" + path.substr(0, 200) + "\" cannot be updated; these can: " + Joined(allowed) + ".");
    }
    mask.insert(path);
    if (comma == std::string_view::npos) return mask;
    rest.remove_prefix(comma + 1);
  }
  return FieldError(StatusCode::kInvalidArgument, "update_mask", "The update mask is too long.");
}

}  // namespace mlengine::ml_api
