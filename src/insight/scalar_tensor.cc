#include "insight/scalar_tensor.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "insight/proto_fields.h"

namespace mlengine::insight {
namespace {

using Kind = ProtoFields::Kind;

// TensorFlow's numbers.
enum DataType : std::uint64_t {
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kInt64 = 9,
  kBool = 10,
  kBfloat16 = 14,
  kHalf = 19,
};
constexpr std::uint32_t kType = 1;
constexpr std::uint32_t kShape = 2;
constexpr std::uint32_t kContent = 4;
constexpr std::uint32_t kShapeDimension = 2;
constexpr std::uint32_t kDimensionSize = 1;

// How elements of a type lie in the message: in the list of that number, in that form, or in
// `content` with that many bytes.
struct Layout {
  std::uint32_t list;
  Kind form;
  std::size_t content_bytes;
};

std::optional<Layout> LayoutOf(std::uint64_t type) {
  switch (type) {
    case kFloat:
      return Layout{5, Kind::kFixed32, 4};
    case kDouble:
      return Layout{6, Kind::kFixed64, 8};
    case kInt32:
      return Layout{7, Kind::kVarint, 4};
    case kInt64:
      return Layout{10, Kind::kVarint, 8};
    case kBool:
      return Layout{11, Kind::kVarint, 1};
    case kBfloat16:
    case kHalf:
      return Layout{13, Kind::kVarint, 2};
    default:
      return std::nullopt;
  }
}

double HalfOf(std::uint64_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = static_cast<int>(bits >> 10 & 31U);
  const auto fraction = static_cast<double>(bits & 0x3FFU);
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(fraction + 1024, exponent - 25);
}

double NumberOf(std::uint64_t type, std::uint64_t bits) {
  switch (type) {
    case kFloat:
      return WidenFloat(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case kDouble:
      return std::bit_cast<double>(bits);
    case kInt32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    case kBool:
      return bits != 0 ? 1 : 0;
    case kHalf:
      return HalfOf(bits);
    case kBfloat16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits & 0xFFFFU) << 16);
    default:
      return static_cast<double>(static_cast<std::int64_t>(bits));
  }
}

bool HasOneElement(std::string_view shape) {
  ProtoFields fields(shape);
  while (fields.Next()) {
    if (!fields.Is(kShapeDimension, Kind::kBytes)) continue;
    ProtoFields dimension(fields.bytes());
    std::uint64_t size = 0;
    while (dimension.Next()) {
      if (dimension.Is(kDimensionSize, Kind::kVarint)) size = dimension.integer();
    }
    if (!dimension.ok() || size != 1) return false;
  }
  return fields.ok();
}

// The one element in a list: alone, or packed.
std::optional<std::uint64_t> ElementOf(const ProtoFields& field, Kind form) {
  if (field.kind() == form) return field.integer();
  if (field.kind() != Kind::kBytes) return std::nullopt;
  std::string_view packed = field.bytes();
  if (form == Kind::kVarint) {
    const std::optional<std::uint64_t> value = TakeVarint(packed);
    return packed.empty() ? value : std::nullopt;
  }
  const std::size_t size = form == Kind::kFixed64 ? 8 : 4;
  if (packed.size() != size) return std::nullopt;
  return LittleEndian(packed, size);
}

}  // namespace

double WidenFloat(float value) {
  if (!std::isfinite(value)) return value;
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  double wide = value;
  if (error == std::errc()) std::from_chars(text, end, wide);
  return wide;
}

std::optional<double> ScalarOfTensor(std::string_view tensor) {
  std::uint64_t type = 0;
  std::string_view content;
  ProtoFields fields(tensor);
  while (fields.Next()) {
    if (fields.Is(kType, Kind::kVarint)) type = fields.integer();
    if (fields.Is(kContent, Kind::kBytes)) content = fields.bytes();
    if (fields.Is(kShape, Kind::kBytes) && !HasOneElement(fields.bytes())) return std::nullopt;
  }
  const std::optional<Layout> layout = LayoutOf(type);
  if (!fields.ok() || !layout) return std::nullopt;
  if (!content.empty()) {
    if (content.size() != layout->content_bytes) return std::nullopt;
    return NumberOf(type, LittleEndian(content, layout->content_bytes));
  }
  // A list that is left out is a zero.
  std::uint64_t bits = 0;
  int elements = 0;
  ProtoFields again(tensor);
  while (again.Next()) {
    if (again.number() != layout->list) continue;
    const std::optional<std::uint64_t> element = ElementOf(again, layout->form);
    if (!element || ++elements > 1) return std::nullopt;
    bits = *element;
  }
  return NumberOf(type, bits);
}

}  // namespace mlengine::insight
