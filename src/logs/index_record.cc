#include "logs/index_record.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/digest.h"

namespace mlengine::logs {
namespace {
constexpr std::string_view kHeader{"mlengine-logs\0\0\1", 16};  // version 1

// Records are little-endian and so is every machine that this is built for.
static_assert(std::endian::native == std::endian::little);

template <typename T>
void SetFixed(T value, char* out) {
  std::memcpy(out, &value, sizeof value);
}

template <typename T>
T TakeFixed(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

void PutFixed(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

std::uint64_t GetFixed(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

std::string IndexHeader() {
  return std::string(kHeader);
}
bool IsIndexHeader(std::string_view bytes) {
  return bytes == kHeader;
}

// Made in place: there is one for each line that is logged.
void EncodeRecord(const IndexRecord& record, std::string& out) {
  std::array<char, IndexRecord::kBytes> bytes;
  SetFixed(static_cast<std::uint64_t>(record.stamp_ns), bytes.data());
  SetFixed(record.offset, bytes.data() + 8);
  SetFixed(record.length, bytes.data() + 16);
  SetFixed(record.stream, bytes.data() + 20);
  SetFixed(record.severity, bytes.data() + 24);
  SetFixed(record.flags, bytes.data() + 26);
  SetFixed(std::uint32_t{0}, bytes.data() + 28);
  SetFixed(ExtendCrc32c(0, {bytes.data(), 32}), bytes.data() + 32);
  out.append(bytes.data(), bytes.size());
}

std::optional<IndexRecord> DecodeRecord(std::string_view bytes) {
  if (bytes.size() != IndexRecord::kBytes) return std::nullopt;
  if (ExtendCrc32c(0, bytes.substr(0, 32)) != GetFixed(bytes, 32, 4)) return std::nullopt;
  return DecodeUnchecked(bytes);
}

IndexRecord DecodeUnchecked(std::string_view bytes) {
  IndexRecord record;
  record.stamp_ns = TakeFixed<std::int64_t>(bytes.data());
  record.offset = TakeFixed<std::uint64_t>(bytes.data() + 8);
  record.length = TakeFixed<std::uint32_t>(bytes.data() + 16);
  record.stream = TakeFixed<std::uint32_t>(bytes.data() + 20);
  record.severity = TakeFixed<std::uint16_t>(bytes.data() + 24);
  record.flags = TakeFixed<std::uint16_t>(bytes.data() + 26);
  return record;
}

}  // namespace mlengine::logs
