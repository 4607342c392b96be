#include "policy/training_paths.h"

#include <algorithm>
#include <cctype>

namespace mlengine::policy {
namespace {

constexpr std::string_view kScheme = "gs://";
constexpr std::size_t kObjectBytes = 1024;
constexpr std::size_t kArgumentBytes = 128U << 10;  // Linux: MAX_ARG_STRLEN, the ending NUL counted

bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool IsBucketName(std::string_view name) {
  if (name.size() < 3 || name.size() > 222) return false;
  if (!IsLowerOrDigit(name.front()) || !IsLowerOrDigit(name.back())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '_' || c == '.'; });
}

// What is wrong with a gs:// path; its object in `object`.
std::string CheckPath(std::string_view uri, std::string_view& object) {
  const std::string shown = "\"" + std::string(uri.substr(0, 200)) + "\"";
  if (!uri.starts_with(kScheme)) return shown + " is not a path of the form gs://BUCKET/OBJECT.";
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (!IsBucketName(uri.substr(0, slash))) {
    return shown +
           " names no valid bucket: 3 to 222 lowercase letters, digits, '-', '_' and '.', "
           "a letter or digit at both ends.";
  }
  object = slash == std::string_view::npos ? std::string_view() : uri.substr(slash + 1);
  if (object.size() > kObjectBytes) return shown + " is longer than an object's 1024 bytes.";
  if (object.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return shown + " has a line break or a NUL in it.";
  }
  return "";
}

}  // namespace

std::string CheckPackageUri(std::string_view uri) {
  std::string_view object;
  std::string wrong = CheckPath(uri, object);
  if (wrong.empty() && (object.empty() || object.ends_with('/'))) {
    wrong = "\"" + std::string(uri) + "\" names no file; give gs://BUCKET/PATH/PACKAGE.tar.gz.";
  }
  return wrong;
}

std::string CheckJobDir(std::string_view uri) {
  std::string_view object;
  return CheckPath(uri, object);
}

std::string CheckPythonModule(std::string_view module) {
  const auto fits = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.';
  };
  const bool parts = !module.starts_with('.') && !module.ends_with('.') &&
                     module.find("..") == std::string_view::npos;
  if (!module.empty() && module.size() <= 1024 && parts && !module.starts_with('-') &&
      std::all_of(module.begin(), module.end(), fits)) {
    return "";
  }
  return "\"" + std::string(module.substr(0, 200)) +
         "\" is not the name of a Python module, such as trainer.task.";
}

std::string CheckArgument(std::string_view argument) {
  if (argument.find('\0') != std::string_view::npos) return "An argument may not contain a NUL.";
  if (argument.size() >= kArgumentBytes) return "An argument must be shorter than 128 KiB.";
  return "";
}

}  // namespace mlengine::policy
