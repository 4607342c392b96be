#include "store/page_token.h"

#include <charconv>

#include "base/digest.h"

namespace mlengine::store {

std::string EncodePageToken(const std::string& project, std::int64_t before_sequence) {
  return Base64Encode("1:" + std::to_string(before_sequence) + ":" + project);
}

Result<std::int64_t> DecodePageToken(const std::string& project, const std::string& token) {
  const Status bad = InvalidArgumentError("pageToken is not one that this list gave");
  const Result<std::string> text = Base64Decode(token);
  if (!text.ok() || !text->starts_with("1:")) return bad;
  std::int64_t sequence = 0;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data() + 2, end, sequence);
  if (error != std::errc() || std::string(rest, end) != ":" + project) return bad;
  return sequence;
}

}  // namespace mlengine::store
