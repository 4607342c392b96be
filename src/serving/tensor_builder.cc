#include "serving/tensor_builder.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/digest.h"
#include "tensors/small_float.h"

namespace mlengine::serving {
namespace {

namespace json = boost::json;
using tensors::TensorType;

template <typename T>
void Append(std::string& data, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  data.append(bytes, sizeof(T));
}

std::string KindName(const json::value& value) {
  if (value.is_string()) return "a string";
  if (value.is_bool()) return "true or false";
  if (value.is_null()) return "null";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return "the number " + json::serialize(value);
}

std::string ShapeText(const std::vector<std::int64_t>& dims) {
  std::string text;
  for (const std::int64_t dim : dims)
    text += (text.empty() ? "" : ", ") + (dim < 0 ? std::string("?") : std::to_string(dim));
  return "[" + text + "]";
}

bool Fits(const std::vector<std::int64_t>& dims, const TensorSpec& spec) {
  if (!spec.known_rank) return true;
  if (dims.size() != spec.dims.size()) return false;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (spec.dims[i] >= 0 && spec.dims[i] != dims[i]) return false;
  }
  return true;
}

}  // namespace

bool IsBase64Object(const json::value& value) {
  const json::object* const object = value.if_object();
  return object != nullptr && object->size() == 1 && object->begin()->key() == "b64";
}

Status TensorBuilder::Wrong(const std::string& what) const {
  return InvalidArgumentError("Input " + alias_ + ", instance " + std::to_string(instances_) +
                              ": " + what);
}

Status TensorBuilder::Add(const json::value& value) {
  seen_.clear();
  leaf_depth_ = std::numeric_limits<std::size_t>::max();
  MLENGINE_RETURN_IF_ERROR(AddNested(value, 0));
  if (!shape_) shape_ = seen_;
  if (*shape_ != seen_) {
    return Wrong("it has shape " + ShapeText(seen_) + ", and the first instance has " +
                 ShapeText(*shape_) + "; all must have the same");
  }
  ++instances_;
  return OkStatus();
}

Status TensorBuilder::AddNested(const json::value& value, std::size_t depth) {
  const json::array* const list = value.if_array();
  if (list == nullptr) {
    if (leaf_depth_ == std::numeric_limits<std::size_t>::max()) leaf_depth_ = depth;
    if (leaf_depth_ != depth || seen_.size() != depth)
      return Wrong("its lists are not nested alike");
    return AddLeaf(value);
  }
  if (depth + 1 >= tensors::kMostDims) return Wrong("its lists are nested too deep");
  const auto size = static_cast<std::int64_t>(list->size());
  if (seen_.size() == depth) {
    if (leaf_depth_ <= depth) return Wrong("its lists are not nested alike");
    seen_.push_back(size);
  } else if (seen_[depth] != size) {
    return Wrong("its lists have different lengths, " + std::to_string(seen_[depth]) + " and " +
                 std::to_string(size));
  }
  for (const json::value& one : *list) MLENGINE_RETURN_IF_ERROR(AddNested(one, depth + 1));
  return OkStatus();
}

Status TensorBuilder::AddLeaf(const json::value& value) {
  if (spec_.type == TensorType::kString) return AddString(value);
  if (spec_.type != TensorType::kBool) return AddNumber(value);
  if (!value.is_bool()) return Wrong("it takes true or false, not " + KindName(value));
  Append<std::uint8_t>(tensor_.data, value.get_bool() ? 1 : 0);
  return OkStatus();
}

Status TensorBuilder::AddString(const json::value& value) {
  if (const json::string* const text = value.if_string()) {
    tensor_.strings.emplace_back(text->data(), text->size());
    return OkStatus();
  }
  if (!IsBase64Object(value)) {
    return Wrong("it takes strings, or bytes as {\"b64\": \"…\"}, not " + KindName(value));
  }
  const json::string* const encoded = value.get_object().begin()->value().if_string();
  if (encoded == nullptr) return Wrong("the value of \"b64\" is no string");
  Result<std::string> bytes = Base64Decode({encoded->data(), encoded->size()});
  if (!bytes.ok()) return Wrong("the value of \"b64\" is not base64");
  tensor_.strings.push_back(*std::move(bytes));
  return OkStatus();
}

template <typename T>
Status TensorBuilder::AddInteger(const json::value& value) {
  const auto out_of_range = [&] {
    return Wrong(json::serialize(value) + " is beyond " + TypeName(spec_.type));
  };
  if (const double* const real = value.if_double()) {
    // Whole numbers are taken however they are written.
    if (std::trunc(*real) != *real) return Wrong("it takes whole numbers, not " + KindName(value));
    if (*real < -9007199254740992.0 || *real > 9007199254740992.0) return out_of_range();
    const auto whole = static_cast<std::int64_t>(*real);
    if (!std::in_range<T>(whole)) return out_of_range();
    Append(tensor_.data, static_cast<T>(whole));
    return OkStatus();
  }
  if (const std::uint64_t* const large = value.if_uint64()) {
    if (!std::in_range<T>(*large)) return out_of_range();
    Append(tensor_.data, static_cast<T>(*large));
    return OkStatus();
  }
  if (!std::in_range<T>(value.get_int64())) return out_of_range();
  Append(tensor_.data, static_cast<T>(value.get_int64()));
  return OkStatus();
}

Status TensorBuilder::AddNumber(const json::value& value) {
  if (!value.is_number()) return Wrong("it takes numbers, not " + KindName(value));
  switch (spec_.type) {
    case TensorType::kFloat:
      Append(tensor_.data, static_cast<float>(value.to_number<double>()));
      return OkStatus();
    case TensorType::kDouble:
      Append(tensor_.data, value.to_number<double>());
      return OkStatus();
    case TensorType::kHalf:
      Append(tensor_.data, tensors::ToSmallFloat(tensors::kFloat16, value.to_number<double>()));
      return OkStatus();
    case TensorType::kBfloat16:
      Append(tensor_.data, tensors::ToSmallFloat(tensors::kBfloat16, value.to_number<double>()));
      return OkStatus();
    case TensorType::kInt8:
      return AddInteger<std::int8_t>(value);
    case TensorType::kUint8:
      return AddInteger<std::uint8_t>(value);
    case TensorType::kInt16:
      return AddInteger<std::int16_t>(value);
    case TensorType::kUint16:
      return AddInteger<std::uint16_t>(value);
    case TensorType::kInt32:
      return AddInteger<std::int32_t>(value);
    case TensorType::kUint32:
      return AddInteger<std::uint32_t>(value);
    case TensorType::kInt64:
      return AddInteger<std::int64_t>(value);
    case TensorType::kUint64:
      return AddInteger<std::uint64_t>(value);
    default:
      return Wrong("its " + TypeName(spec_.type) + " cannot be given as JSON");
  }
}

Result<tensors::Tensor> TensorBuilder::Finish() {
  tensor_.name = spec_.tensor;
  tensor_.type = spec_.type;
  tensor_.dims = {instances_};
  if (shape_) tensor_.dims.insert(tensor_.dims.end(), shape_->begin(), shape_->end());
  if (!Fits(tensor_.dims, spec_)) {
    return InvalidArgumentError("Input " + alias_ + " has shape " + ShapeText(tensor_.dims) +
                                ", the instances first; the model takes " + ShapeText(spec_.dims));
  }
  return std::move(tensor_);
}

}  // namespace mlengine::serving
