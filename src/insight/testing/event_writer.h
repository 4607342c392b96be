// Event files as tests need them: frames and events put together by hand.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace mlengine::insight {

inline std::string Bits(std::uint64_t bits, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(bits >> (8 * i) & 0xFFU);
  return out;
}

inline std::string Varint(std::uint64_t value) {
  std::string out;
  for (; value > 0x7F; value >>= 7) out += static_cast<char>((value & 0x7FU) | 0x80U);
  return out + static_cast<char>(value);
}

inline std::string BytesField(std::uint32_t number, std::string_view bytes) {
  return Varint(number << 3 | 2U) + Varint(bytes.size()) + std::string(bytes);
}

inline std::string Masked(std::string_view bytes) {
  const std::uint32_t crc = ExtendCrc32c(0, bytes);
  return Bits((crc >> 15 | crc << 17) + 0xA282EAD8U, 4);
}

// One TFRecord frame.
inline std::string Frame(std::string_view record) {
  const std::string length = Bits(record.size(), 8);
  return length + Masked(length) + std::string(record) + Masked(record);
}

// An Event with these summary values (each a message Summary.Value).
inline std::string Event(std::int64_t step, double seconds, std::string_view values) {
  std::string out = "\x09" + Bits(std::bit_cast<std::uint64_t>(seconds), 8);
  out += "\x10" + Varint(static_cast<std::uint64_t>(step));
  return out + BytesField(5, values);
}

inline std::string SimpleValue(std::string_view tag, float value) {
  return BytesField(1, BytesField(1, tag) + "\x15" + Bits(std::bit_cast<std::uint32_t>(value), 4));
}

// A frame with one scalar as TF1 writes it.
inline std::string ScalarFrame(std::string_view tag, std::int64_t step, float value,
                               double seconds = 1'500'000'000) {
  return Frame(Event(step, seconds, SimpleValue(tag, value)));
}

}  // namespace mlengine::insight
