// Range, Content-Range and the other one-line texts of HTTP: no range reaches beyond the end.
#include "storage_api/byte_range.h"

#include "base/digest.h"
#include "fuzz_target.h"
#include "net/listen_address.h"
#include "objects/object_store.h"

namespace mlengine::fuzz {
namespace {

void CheckEncodings(std::string_view text) {
  const std::string encoded = PercentEncode(text);
  const Result<std::string> decoded = PercentDecode(encoded);
  Require(decoded.ok() && *decoded == text, "percent-encoding can be undone");
  const Result<std::string> raw = PercentDecode(text);
  if (raw.ok()) Require(raw->size() <= text.size(), "decoding makes no text longer");
  if (!raw.ok()) RequireInvalid(raw.status());
  const Result<std::string> base64 = Base64Decode(Base64Encode(text));
  Require(base64.ok() && *base64 == text, "base64 can be undone");
  const Result<std::string> bytes = Base64Decode(text);
  if (!bytes.ok()) RequireInvalid(bytes.status());
  if (bytes.ok()) {
    const Result<std::string> again = Base64Decode(Base64Encode(*bytes));
    Require(again.ok() && *again == *bytes, "base64 decoded means one text");
  }
}

}  // namespace

FUZZ_TARGET(byte_range) {
  for (const std::uint64_t size : {0ULL, 1ULL, 1000ULL, 1ULL << 40, ~0ULL}) {
    const auto range = storage_api::ParseRange(bytes, size);
    if (!range.ok()) {
      RequireError(range.status(), {StatusCode::kOutOfRange});
      continue;
    }
    if (!*range) continue;
    Require((*range)->count > 0, "a range is not empty");
    Require((*range)->first < size && (*range)->count <= size - (*range)->first,
            "a range lies within the object");
  }
  const auto content = storage_api::ParseContentRange(bytes);
  if (!content.ok()) RequireInvalid(content.status());
  if (content.ok() && !content->query) {
    Require(content->first <= content->last, "a piece has its bytes in order");
    Require(content->last != ~0ULL, "a piece's length can be told");
    if (content->total) Require(content->last < *content->total, "a piece lies within the whole");
  }
  const auto path = objects::ParseGsPath(bytes);
  if (!path.ok()) RequireInvalid(path.status());
  if (path.ok()) {
    Require("gs://" + path->bucket + "/" + path->object == bytes ||
                (path->object.empty() && "gs://" + path->bucket == bytes),
            "a gs:// address is its parts");
  }
  const auto address = net::ParseListenAddress(bytes);
  if (!address.ok()) RequireInvalid(address.status());
  if (address.ok()) {
    const auto again = net::ParseListenAddress(address->ToString());
    Require(again.ok() && again->host == address->host && again->port == address->port,
            "an address written is the same address");
  }
  CheckEncodings(bytes);
}

}  // namespace mlengine::fuzz
