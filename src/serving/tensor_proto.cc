#include "serving/tensor_proto.h"

#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "insight/proto_fields.h"

namespace mlengine::serving {
namespace {

using insight::ProtoFields;
using tensors::Tensor;
using tensors::TensorType;
using Kind = ProtoFields::Kind;

// Fields of TensorFlow's TensorProto.
constexpr std::uint32_t kType = 1;
constexpr std::uint32_t kShape = 2;
constexpr std::uint32_t kContent = 4;
constexpr std::uint32_t kStrings = 8;
// Of its TensorShapeProto and the dimension in it.
constexpr std::uint32_t kDim = 2;
constexpr std::uint32_t kUnknownRank = 3;
constexpr std::uint32_t kSize = 1;

constexpr std::size_t kMostBytes = 64U << 20;

// The field that has values of that type one by one.
std::uint32_t ValueField(TensorType type) {
  switch (type) {
    case TensorType::kFloat:
      return 5;
    case TensorType::kDouble:
      return 6;
    case TensorType::kInt64:
      return 10;
    case TensorType::kBool:
      return 11;
    case TensorType::kUint32:
      return 16;
    case TensorType::kUint64:
      return 17;
    default:
      return 7;  // int_val: all smaller ones
  }
}

Status Wrong(const std::string& what) {
  return InvalidArgumentError("a tensor " + what);
}

Result<std::vector<std::int64_t>> ReadShape(std::string_view bytes) {
  std::vector<std::int64_t> dims;
  ProtoFields shape(bytes);
  while (shape.Next()) {
    if (shape.Is(kUnknownRank, Kind::kVarint) && shape.integer() != 0) return Wrong("has no shape");
    if (!shape.Is(kDim, Kind::kBytes)) continue;
    std::int64_t size = 0;
    ProtoFields dim(shape.bytes());
    while (dim.Next())
      if (dim.Is(kSize, Kind::kVarint)) size = static_cast<std::int64_t>(dim.integer());
    if (!dim.ok() || dims.size() == tensors::kMostDims) return Wrong("has no good shape");
    dims.push_back(size);
  }
  if (!shape.ok()) return Wrong("has no good shape");
  return dims;
}

void AppendNumber(std::uint64_t bits, std::size_t size, std::string& out) {
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(bits >> (8 * i));
}

// The values of one field, which may be packed.
Status AppendValues(const ProtoFields& field, std::size_t size, std::string& out) {
  const auto fixed = [](Kind kind) { return kind == Kind::kFixed32 || kind == Kind::kFixed64; };
  if (field.kind() == Kind::kVarint || fixed(field.kind())) {
    AppendNumber(field.integer(), size, out);
    return OkStatus();
  }
  std::string_view packed = field.bytes();
  const bool floating = field.number() == 5 || field.number() == 6;
  if (floating) {
    if (packed.size() % size != 0) return Wrong("has cut values");
    out += packed;
    return OkStatus();
  }
  while (!packed.empty()) {
    const std::optional<std::uint64_t> value = insight::TakeVarint(packed);
    if (!value) return Wrong("has cut values");
    AppendNumber(*value, size, out);
    if (out.size() > kMostBytes) return Wrong("has too many values");
  }
  return OkStatus();
}

// The last value stands for all that are missing, as TensorFlow has it.
template <typename Values, typename One>
Status Fill(Values& values, std::size_t wanted, const One& last) {
  if (values.size() > wanted) return Wrong("has more values than its shape");
  if (values.empty() && wanted > 0) return Wrong("has no values");
  const auto one = last();
  while (values.size() < wanted) values.insert(values.end(), one.begin(), one.end());
  return OkStatus();
}

Status ReadValues(std::string_view bytes, Tensor& tensor) {
  const std::size_t size = tensors::ElementSize(tensor.type);
  const std::uint32_t value_field = ValueField(tensor.type);
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (tensor.type == TensorType::kString) {
      if (fields.Is(kStrings, Kind::kBytes)) tensor.strings.emplace_back(fields.bytes());
    } else if (fields.Is(kContent, Kind::kBytes) && !fields.bytes().empty()) {
      tensor.data = fields.bytes();
    } else if (fields.number() == value_field) {
      MLENGINE_RETURN_IF_ERROR(AppendValues(fields, size, tensor.data));
    }
  }
  return fields.ok() ? OkStatus() : Wrong("is damaged");
}

}  // namespace

Result<Tensor> ReadTensorProto(std::string_view bytes) {
  Tensor tensor;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (fields.Is(kType, Kind::kVarint) && fields.integer() < 256) {
      tensor.type = static_cast<TensorType>(fields.integer());
    } else if (fields.Is(kShape, Kind::kBytes)) {
      MLENGINE_ASSIGN_OR_RETURN(tensor.dims, ReadShape(fields.bytes()));
    }
  }
  if (!fields.ok()) return Wrong("is damaged");
  const std::size_t size = tensors::ElementSize(tensor.type);
  if (size == 0 && tensor.type != TensorType::kString)
    return Wrong("of " + tensors::TypeName(tensor.type) + " cannot be sent to a model");
  const std::optional<std::uint64_t> count = tensors::ElementCount(tensor.dims);
  if (!count || *count * (size == 0 ? 1 : size) > kMostBytes) return Wrong("has no good shape");
  MLENGINE_RETURN_IF_ERROR(ReadValues(bytes, tensor));
  if (tensor.type == TensorType::kString) {
    MLENGINE_RETURN_IF_ERROR(Fill(tensor.strings, *count, [&tensor] {
      return std::vector<std::string>(
          1, tensor.strings.empty() ? std::string() : tensor.strings.back());
    }));
  } else {
    MLENGINE_RETURN_IF_ERROR(Fill(tensor.data, *count * size, [&tensor, size] {
      return tensor.data.size() < size ? std::string(size, '\0')
                                       : tensor.data.substr(tensor.data.size() - size);
    }));
    if (tensor.data.size() != *count * size) return Wrong("has cut values");
  }
  return tensor;
}

}  // namespace mlengine::serving
