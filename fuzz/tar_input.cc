#include "tar_input.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace mlengine::fuzz {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kSize = 124;
constexpr std::size_t kChecksum = 148;

// The octal size of a header; 0 for what is none.
std::uint64_t SizeOf(const char* header) {
  std::uint64_t size = 0;
  for (std::size_t i = kSize; i < kSize + 11; ++i) {
    if (header[i] < '0' || header[i] > '7') break;
    size = size * 8 + static_cast<std::uint64_t>(header[i] - '0');
  }
  return size;
}

void SetChecksum(char* header) {
  std::memset(header + kChecksum, ' ', 8);
  unsigned sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(header[i]);
  std::snprintf(header + kChecksum, 8, "%06o", sum);
}

}  // namespace

std::string TarOf(std::string_view bytes) {
  if (bytes.empty()) return {};
  const bool raw = (bytes[0] & 1) != 0;
  std::string tar(bytes.substr(1));
  if (raw) return tar;
  tar.resize((tar.size() + kBlock - 1) / kBlock * kBlock);
  for (std::size_t at = 0; at < tar.size();) {
    char* header = tar.data() + at;
    const bool blank = std::all_of(header, header + kBlock, [](char c) { return c == '\0'; });
    if (!blank) {
      std::memcpy(header + 257,
                  "ustar\0"
                  "00",
                  8);
      SetChecksum(header);
    }
    const std::uint64_t blocks = (SizeOf(header) + kBlock - 1) / kBlock;
    at += kBlock * (1 + std::min<std::uint64_t>(blocks, tar.size() / kBlock));
  }
  return tar + std::string(2 * kBlock, '\0');
}

}  // namespace mlengine::fuzz
