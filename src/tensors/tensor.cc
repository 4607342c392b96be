#include "tensors/tensor.h"

namespace mlengine::tensors {

std::size_t ElementSize(TensorType type) {
  switch (type) {
    case TensorType::kUint8:
    case TensorType::kInt8:
    case TensorType::kBool:
      return 1;
    case TensorType::kInt16:
    case TensorType::kUint16:
    case TensorType::kHalf:
    case TensorType::kBfloat16:
      return 2;
    case TensorType::kFloat:
    case TensorType::kInt32:
    case TensorType::kUint32:
      return 4;
    case TensorType::kDouble:
    case TensorType::kInt64:
    case TensorType::kUint64:
      return 8;
    case TensorType::kString:
    case TensorType::kNone:
      break;
  }
  return 0;
}

std::string TypeName(TensorType type) {
  switch (type) {
    case TensorType::kFloat:
      return "float32";
    case TensorType::kDouble:
      return "float64";
    case TensorType::kInt32:
      return "int32";
    case TensorType::kUint8:
      return "uint8";
    case TensorType::kInt16:
      return "int16";
    case TensorType::kInt8:
      return "int8";
    case TensorType::kString:
      return "string";
    case TensorType::kInt64:
      return "int64";
    case TensorType::kBool:
      return "bool";
    case TensorType::kUint16:
      return "uint16";
    case TensorType::kUint32:
      return "uint32";
    case TensorType::kUint64:
      return "uint64";
    case TensorType::kHalf:
      return "float16";
    case TensorType::kBfloat16:
      return "bfloat16";
    case TensorType::kNone:
      break;
  }
  return "type " + std::to_string(static_cast<int>(type));
}

std::optional<std::uint64_t> ElementCount(const std::vector<std::int64_t>& dims) {
  constexpr std::uint64_t kMost = 1ULL << 40;
  if (dims.size() > kMostDims) return std::nullopt;
  std::uint64_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || static_cast<std::uint64_t>(dim) > kMost) return std::nullopt;
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (count > kMost / static_cast<std::uint64_t>(dim)) return std::nullopt;
    count *= static_cast<std::uint64_t>(dim);
  }
  return empty ? 0 : count;
}

}  // namespace mlengine::tensors
