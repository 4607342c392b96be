#include "insight/proto_fields.h"

#include <algorithm>
#include <bit>

namespace mlengine::insight {

std::optional<std::uint64_t> TakeVarint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= std::uint64_t{byte & 0x7FU} << (7 * i);
    if ((byte & 0x80U) != 0) continue;
    bytes.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::uint64_t LittleEndian(std::string_view bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = std::min({size, bytes.size(), std::size_t{8}}); i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

bool ProtoFields::Fail() {
  ok_ = false;
  rest_ = {};
  return false;
}

bool ProtoFields::Next() {
  if (rest_.empty()) return false;
  const std::optional<std::uint64_t> key = TakeVarint(rest_);
  if (!key || *key >> 32 != 0 || *key >> 3 == 0) return Fail();
  number_ = static_cast<std::uint32_t>(*key >> 3);
  kind_ = static_cast<Kind>(*key & 7U);
  if (kind_ == Kind::kFixed64 || kind_ == Kind::kFixed32) {
    const std::size_t size = kind_ == Kind::kFixed64 ? 8 : 4;
    if (rest_.size() < size) return Fail();
    integer_ = LittleEndian(rest_, size);
    rest_.remove_prefix(size);
    return true;
  }
  if (kind_ != Kind::kVarint && kind_ != Kind::kBytes) return Fail();
  const std::optional<std::uint64_t> value = TakeVarint(rest_);
  if (!value) return Fail();
  integer_ = *value;
  if (kind_ == Kind::kVarint) return true;
  if (*value > rest_.size()) return Fail();
  bytes_ = rest_.substr(0, *value);
  rest_.remove_prefix(*value);
  return true;
}

float ProtoFields::AsFloat() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(integer_));
}

double ProtoFields::AsDouble() const {
  return std::bit_cast<double>(integer_);
}

}  // namespace mlengine::insight
