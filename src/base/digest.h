// Digests and text encodings of bytes, by OpenSSL and Boost.CRC.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine {

// A running SHA-256 or MD5.
class Hasher {
 public:
  enum class Kind { kSha256, kMd5 };
  explicit Hasher(Kind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void Update(std::string_view bytes);
  // The raw digest, 32 or 16 bytes. The hasher may not be used afterwards.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view bytes);

// CRC-32C (Castagnoli) of what was given so far plus `bytes`; start with 0.
std::uint32_t ExtendCrc32c(std::uint32_t crc, std::string_view bytes);
// As object storage writes it: base64 of the four big-endian bytes.
std::string EncodeCrc32c(std::uint32_t crc);

std::string HexEncode(std::string_view bytes);
std::string Base64Encode(std::string_view bytes);
Result<std::string> Base64Decode(std::string_view text);

// Percent-encodes everything but unreserved characters (RFC 3986); '/' becomes %2F.
std::string PercentEncode(std::string_view text);
// INVALID_ARGUMENT for a broken escape. '+' stays '+'.
Result<std::string> PercentDecode(std::string_view text);

// `bytes` random bytes from the kernel, as hex.
std::string RandomHex(int bytes);

}  // namespace mlengine
