#include "serving/predictions.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "tensors/small_float.h"
#include "wire/codec/utf8.h"

namespace mlengine::serving {
namespace {

using tensors::Tensor;
using tensors::TensorType;

constexpr std::size_t kLongestAnswer = 256U << 20;  // bytes

template <typename T>
T ValueAt(const Tensor& tensor, std::uint64_t index) {
  T value;
  std::memcpy(&value, tensor.data.data() + index * sizeof(T), sizeof(T));
  return value;
}

std::string Quoted(const std::string& text) {
  return boost::json::serialize(
      boost::json::value(boost::json::string_view(text.data(), text.size())));
}

void PutReal(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  char text[64];
  const double size = std::fabs(value);
  // Where Python changes to an exponent.
  const auto format = size != 0 && (size < 1e-4 || size >= 1e16) ? std::chars_format::scientific
                                                                 : std::chars_format::fixed;
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value, format);
  const std::string_view digits(text, static_cast<std::size_t>(end - text));
  out += digits;
  if (format == std::chars_format::fixed && digits.find('.') == std::string_view::npos) out += ".0";
}

template <typename T>
void PutInteger(const Tensor& tensor, std::uint64_t index, std::string& out) {
  out += std::to_string(ValueAt<T>(tensor, index));
}

Status PutString(const std::string& value, const NamedOutput& output, std::string& out) {
  if (output.alias.ends_with("_bytes")) {
    out += "{\"b64\": \"" + Base64Encode(value) + "\"}";
    return OkStatus();
  }
  if (wire::ValidUtf8Prefix(value) != value.size()) {
    return InvalidArgumentError(
        "Output " + output.alias +
        " has bytes that are no text; export the model with a name that ends with \"_bytes\", and "
        "they are answered as base64");
  }
  out += Quoted(value);
  return OkStatus();
}

Status PutValue(const NamedOutput& output, std::uint64_t index, std::string& out) {
  const Tensor& tensor = *output.tensor;
  switch (tensor.type) {
    case TensorType::kString:
      return PutString(tensor.strings[index], output, out);
    case TensorType::kFloat:
      PutReal(ValueAt<float>(tensor, index), out);
      break;
    case TensorType::kDouble:
      PutReal(ValueAt<double>(tensor, index), out);
      break;
    case TensorType::kHalf:
      PutReal(tensors::FromSmallFloat(tensors::kFloat16, ValueAt<std::uint16_t>(tensor, index)),
              out);
      break;
    case TensorType::kBfloat16:
      PutReal(tensors::FromSmallFloat(tensors::kBfloat16, ValueAt<std::uint16_t>(tensor, index)),
              out);
      break;
    case TensorType::kBool:
      out += tensor.data[index] != 0 ? "true" : "false";
      break;
    case TensorType::kInt8:
      PutInteger<std::int8_t>(tensor, index, out);
      break;
    case TensorType::kUint8:
      PutInteger<std::uint8_t>(tensor, index, out);
      break;
    case TensorType::kInt16:
      PutInteger<std::int16_t>(tensor, index, out);
      break;
    case TensorType::kUint16:
      PutInteger<std::uint16_t>(tensor, index, out);
      break;
    case TensorType::kInt32:
      PutInteger<std::int32_t>(tensor, index, out);
      break;
    case TensorType::kUint32:
      PutInteger<std::uint32_t>(tensor, index, out);
      break;
    case TensorType::kInt64:
      PutInteger<std::int64_t>(tensor, index, out);
      break;
    case TensorType::kUint64:
      PutInteger<std::uint64_t>(tensor, index, out);
      break;
    case TensorType::kNone:
      return InvalidArgumentError("Output " + output.alias + " has no type");
  }
  return OkStatus();
}

// The values below one place of the shape; `index` goes on over those that were written.
Status PutNested(const NamedOutput& output, std::size_t depth, std::uint64_t& index,
                 std::string& out) {
  const std::vector<std::int64_t>& dims = output.tensor->dims;
  if (depth == dims.size()) return PutValue(output, index++, out);
  if (out.size() > kLongestAnswer)
    return InvalidArgumentError("The outputs are too large to be answered as JSON");
  out += '[';
  for (std::int64_t i = 0; i < dims[depth]; ++i) {
    if (i > 0) out += ", ";
    MLENGINE_RETURN_IF_ERROR(PutNested(output, depth + 1, index, out));
  }
  out += ']';
  return OkStatus();
}

// A scalar is one row.
std::int64_t RowsOf(const Tensor& tensor) {
  return tensor.dims.empty() ? 1 : tensor.dims[0];
}

Result<std::int64_t> CommonRows(const std::vector<NamedOutput>& outputs) {
  if (outputs.empty()) return InvalidArgumentError("The model has no outputs");
  const std::int64_t rows = RowsOf(*outputs[0].tensor);
  std::string sizes;
  bool same = true;
  for (const NamedOutput& output : outputs) {
    same = same && RowsOf(*output.tensor) == rows;
    sizes +=
        (sizes.empty() ? "" : ", ") + output.alias + ": " + std::to_string(RowsOf(*output.tensor));
  }
  if (same) return rows;
  return InvalidArgumentError(
      "The model's outputs had differing sizes in the batch (outer) dimension. Outputs and their "
      "sizes: {" +
      sizes + "}. Each output must have one row for each instance.");
}

}  // namespace

Result<std::string> PredictionsOf(const std::vector<NamedOutput>& outputs) {
  MLENGINE_ASSIGN_OR_RETURN(const std::int64_t rows, CommonRows(outputs));
  std::vector<std::uint64_t> places(outputs.size(), 0);
  std::string out = "[";
  for (std::int64_t row = 0; row < rows; ++row) {
    out += row > 0 ? ", {" : "{";
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (i > 0) out += ", ";
      const std::string& alias = outputs[i].alias;
      out += Quoted(alias) + ": ";
      const std::size_t depth = outputs[i].tensor->dims.empty() ? 0 : 1;
      MLENGINE_RETURN_IF_ERROR(PutNested(outputs[i], depth, places[i], out));
    }
    out += '}';
  }
  return out + "]";
}

Result<std::vector<std::vector<std::string>>> PredictionCells(
    const std::vector<NamedOutput>& outputs) {
  MLENGINE_ASSIGN_OR_RETURN(const std::int64_t rows, CommonRows(outputs));
  std::vector<std::vector<std::string>> out(static_cast<std::size_t>(rows),
                                            std::vector<std::string>(outputs.size()));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::size_t depth = outputs[i].tensor->dims.empty() ? 0 : 1;
    std::uint64_t place = 0;
    for (std::vector<std::string>& row : out)
      MLENGINE_RETURN_IF_ERROR(PutNested(outputs[i], depth, place, row[i]));
  }
  return out;
}

}  // namespace mlengine::serving
