#include "serving/pickle_file.h"

#include <array>
#include <string>

namespace mlengine::serving {
namespace {

// How zlib, gzip, bzip2, xz and lzma begin.
constexpr auto kCompressed = std::to_array<std::string_view>({"\x78\x01", "\x78\x5e", "\x78\x9c",
                                                              "\x78\xda", "\x1f\x8b", "BZh",
                                                              "\xfd"
                                                              "7zXZ",
                                                              std::string_view("\x5d\x00\x00", 3)});

bool IsCompressed(std::string_view head) {
  for (const std::string_view start : kCompressed) {
    if (head.starts_with(start)) return true;
  }
  return false;
}

// Protocol 2 and later begin with their number; 0 and 1 with what builds an object.
bool IsPickle(std::string_view head) {
  const bool numbered = head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
  return numbered || head.starts_with("c") || head.starts_with("(");
}

}  // namespace

Status CheckPickle(std::string_view name, std::string_view head, std::string_view tail) {
  const std::string file(name);
  if (head.empty()) return DataLossError(file + " is empty");
  if (IsCompressed(head)) return OkStatus();
  if (!IsPickle(head)) {
    return InvalidArgumentError(file +
                                " is no pickle; write it with pickle.dump or joblib.dump of the "
                                "runtime version");
  }
  if (!tail.ends_with('.'))
    return DataLossError(file + " is damaged: its end is missing; copy all of it");
  return OkStatus();
}

ml::v1::Version::Framework FrameworkInPickle(std::string_view head) {
  const std::size_t xgboost = head.find("xgboost");
  return xgboost != std::string_view::npos && xgboost < head.find("sklearn")
             ? ml::v1::Version::XGBOOST
             : ml::v1::Version::SCIKIT_LEARN;
}

}  // namespace mlengine::serving
