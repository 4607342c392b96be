#include "ml_api/project_number.h"

#include <charconv>

#include "base/digest.h"

namespace mlengine::ml_api {

std::int64_t ProjectNumber(const std::string& project) {
  const std::string digest = Sha256Hex(project);
  std::uint64_t value = 0;
  std::from_chars(digest.data(), digest.data() + 15, value, 16);
  return static_cast<std::int64_t>(100'000'000'000 + value % 900'000'000'000);
}

}  // namespace mlengine::ml_api
