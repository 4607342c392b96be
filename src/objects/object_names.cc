#include "objects/object_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "objects/object_store.h"

namespace mlengine::objects {
namespace {

constexpr std::array<std::string_view, 13> kDoors = {
    "v1", "v2", "storage",  "upload", "resumable", "download", "batch",
    "ui", "ml", "mlengine", "logs",   "metrics",   "healthz"};

Status Bad(std::string_view name, std::string_view why) {
  return InvalidArgumentError("\"" + std::string(name.substr(0, 80)) +
                              "\" is not a bucket's name: " + std::string(why));
}

bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool LooksLikeIpAddress(std::string_view name) {
  const bool digits = std::all_of(name.begin(), name.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return digits && std::count(name.begin(), name.end(), '.') == 3;
}

// Length of the UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : size;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = Utf8Length(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

Status CheckBucketName(std::string_view name) {
  if (std::find(kDoors.begin(), kDoors.end(), name) != kDoors.end()) {
    return Bad(name, "it is the name of one of the server's own doors; choose another");
  }
  const bool dotted = name.find('.') != std::string_view::npos;
  if (name.size() < 3 || name.size() > (dotted ? 222 : 63)) {
    return Bad(name, "it must have 3 to 63 characters (to 222 with dots)");
  }
  for (const char c : name) {
    if (!IsLowerOrDigit(c) && c != '-' && c != '_' && c != '.') {
      return Bad(name, "only a-z, 0-9, '-', '_' and '.' are possible");
    }
  }
  if (!IsLowerOrDigit(name.front()) || !IsLowerOrDigit(name.back())) {
    return Bad(name, "it must begin and end with a letter or a digit");
  }
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    if (dot == 0 || dot > 63)
      return Bad(name, "each part between dots must have 1 to 63 characters");
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  if (LooksLikeIpAddress(name)) return Bad(name, "it looks like an IP address");
  return OkStatus();
}

Status CheckObjectName(std::string_view name) {
  if (name.empty()) return InvalidArgumentError("an object needs a name");
  if (name.size() > 1024) {
    return InvalidArgumentError("an object's name has at most 1024 bytes; this one has " +
                                std::to_string(name.size()));
  }
  if (name.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return InvalidArgumentError("an object's name may not hold NUL, carriage return or line feed");
  }
  if (!IsUtf8(name)) return InvalidArgumentError("an object's name must be UTF-8");
  return OkStatus();
}

Result<GsPath> ParseGsPath(std::string_view uri) {
  static constexpr std::string_view kScheme = "gs://";
  if (!uri.starts_with(kScheme)) {
    return InvalidArgumentError("\"" + std::string(uri.substr(0, 200)) +
                                "\" is not a gs:// address; write gs://BUCKET/OBJECT");
  }
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(uri.find('/'), uri.size());
  GsPath path{std::string(uri.substr(0, slash)),
              std::string(uri.substr(std::min(slash + 1, uri.size())))};
  MLENGINE_RETURN_IF_ERROR(CheckBucketName(path.bucket));
  if (!path.object.empty()) MLENGINE_RETURN_IF_ERROR(CheckObjectName(path.object));
  return path;
}

}  // namespace mlengine::objects
