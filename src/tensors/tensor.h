// Tensor: values of one type in one shape, as they travel between the engine and a model server.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::tensors {

// TensorFlow's numbers (types.proto); they are on the wire and are never renumbered.
enum class TensorType : std::uint8_t {
  kNone = 0,
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kInt64 = 9,
  kBool = 10,
  kBfloat16 = 14,
  kUint16 = 17,
  kHalf = 19,
  kUint32 = 22,
  kUint64 = 23,
};

// Bytes of one value; 0 for strings and for what is none of the above.
std::size_t ElementSize(TensorType type);
// "float32", "string"; "type 8" for what is none of the above.
std::string TypeName(TensorType type);

struct Tensor {
  std::string name;  // in the graph: "serving_default_x:0"
  TensorType type = TensorType::kNone;
  std::vector<std::int64_t> dims;
  std::string data;                  // little-endian values, row by row; of strings empty
  std::vector<std::string> strings;  // of kString
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

constexpr std::size_t kMostDims = 16;

// How many values a shape has. Nothing for a negative dimension, too many dimensions, or a product
// above 2^40.
std::optional<std::uint64_t> ElementCount(const std::vector<std::int64_t>& dims);

}  // namespace mlengine::tensors
