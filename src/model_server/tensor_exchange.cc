#include "model_server/tensor_exchange.h"

#include <cstdlib>
#include <cstring>

namespace mlengine::model_server {
namespace {

using tensors::Tensor;
using tensors::TensorType;

constexpr std::size_t kAlignment = 64;  // what TensorFlow's kernels want

void* Allocate(std::size_t size) {
  const std::size_t whole = (size + kAlignment - 1) / kAlignment * kAlignment;
  return std::aligned_alloc(kAlignment, whole == 0 ? kAlignment : whole);
}

void FreeNumbers(void* data, std::size_t, void*) {
  std::free(data);
}

void FreeStrings(void* data, std::size_t size, void* argument) {
  const auto* api = static_cast<const TensorFlowApi*>(argument);
  auto* strings = static_cast<TfString*>(data);
  for (std::size_t i = 0; i < size / sizeof(TfString); ++i) api->StringDealloc(&strings[i]);
  std::free(data);
}

}  // namespace

Result<OwnedTensor> ToTensorFlow(const TensorFlowApi& api, const Tensor& tensor) {
  const bool strings = tensor.type == TensorType::kString;
  const std::size_t size = strings ? tensor.strings.size() * sizeof(TfString) : tensor.data.size();
  void* const data = Allocate(size);
  if (data == nullptr) return ResourceExhaustedError("there is no memory for an input");
  if (strings) {
    auto* values = static_cast<TfString*>(data);
    for (std::size_t i = 0; i < tensor.strings.size(); ++i) {
      api.StringInit(&values[i]);
      api.StringCopy(&values[i], tensor.strings[i].data(), tensor.strings[i].size());
    }
  } else if (size > 0) {
    std::memcpy(data, tensor.data.data(), size);
  }
  TF_Tensor* const made = api.NewTensor(
      static_cast<int>(tensor.type), tensor.dims.data(), static_cast<int>(tensor.dims.size()), data,
      size, strings ? FreeStrings : FreeNumbers, const_cast<TensorFlowApi*>(&api));
  if (made == nullptr) return InternalError("TensorFlow took no tensor for " + tensor.name);
  return OwnedTensor(made, TensorDeleter{&api});
}

Result<Tensor> FromTensorFlow(const TensorFlowApi& api, const TF_Tensor& tensor) {
  Tensor out;
  const int type = api.TensorType(&tensor);
  out.type = type > 0 && type < 256 ? static_cast<TensorType>(type) : TensorType::kNone;
  for (int i = 0; i < api.NumDims(&tensor); ++i) out.dims.push_back(api.Dim(&tensor, i));
  const auto count = tensors::ElementCount(out.dims);
  if (!count) return OutOfRangeError("an output has too many values");
  const void* const data = api.TensorData(&tensor);
  if (out.type == TensorType::kString) {
    const auto* values = static_cast<const TfString*>(data);
    for (std::uint64_t i = 0; i < *count; ++i)
      out.strings.emplace_back(api.StringGetDataPointer(&values[i]), api.StringGetSize(&values[i]));
    return out;
  }
  const std::size_t size = tensors::ElementSize(out.type);
  if (size == 0)
    return UnimplementedError("values of TensorFlow's type " + std::to_string(type) +
                              " cannot be answered; cast them to float32 in the model");
  if (api.TensorByteSize(&tensor) != *count * size)
    return InternalError("an output has not the bytes of its shape");
  if (*count > 0) out.data.assign(static_cast<const char*>(data), *count * size);
  return out;
}

}  // namespace mlengine::model_server
