#include "logs/index_record.h"

#include <cstdio>

#include "base/digest.h"

namespace mlengine::logs {
namespace {
constexpr std::string_view kHeader{"mlengine-logs\0\0\1", 16};  // version 1
}

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

std::string InsertIdOf(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%012llu", static_cast<unsigned long long>(number));
  return text;
}

std::string IndexHeader() {
  return std::string(kHeader);
}
bool IsIndexHeader(std::string_view bytes) {
  return bytes == kHeader;
}

void EncodeRecord(const IndexRecord& record, std::string& out) {
  const std::size_t start = out.size();
  PutFixed(static_cast<std::uint64_t>(record.stamp_ns), 8, out);
  PutFixed(record.offset, 8, out);
  PutFixed(record.length, 4, out);
  PutFixed(record.stream, 4, out);
  PutFixed(record.severity, 2, out);
  PutFixed(record.flags, 2, out);
  PutFixed(0, 4, out);
  PutFixed(ExtendCrc32c(0, std::string_view(out).substr(start)), 4, out);
}

std::optional<IndexRecord> DecodeRecord(std::string_view bytes) {
  if (bytes.size() != IndexRecord::kBytes) return std::nullopt;
  if (ExtendCrc32c(0, bytes.substr(0, 32)) != GetFixed(bytes, 32, 4)) return std::nullopt;
  return DecodeUnchecked(bytes);
}

IndexRecord DecodeUnchecked(std::string_view bytes) {
  IndexRecord record;
  record.stamp_ns = static_cast<std::int64_t>(GetFixed(bytes, 0, 8));
  record.offset = GetFixed(bytes, 8, 8);
  record.length = static_cast<std::uint32_t>(GetFixed(bytes, 16, 4));
  record.stream = static_cast<std::uint32_t>(GetFixed(bytes, 20, 4));
  record.severity = static_cast<std::uint16_t>(GetFixed(bytes, 24, 2));
  record.flags = static_cast<std::uint16_t>(GetFixed(bytes, 26, 2));
  return record;
}

}  // namespace mlengine::logs
