// Tensors into TensorFlow's and back.
#pragma once

#include <memory>

#include "base/result.h"
#include "model_server/tensorflow_api.h"
#include "tensors/tensor.h"

namespace mlengine::model_server {

struct TensorDeleter {
  const TensorFlowApi* api;
  void operator()(TF_Tensor* tensor) const { api->DeleteTensor(tensor); }
};
using OwnedTensor = std::unique_ptr<TF_Tensor, TensorDeleter>;

// TensorFlow keeps the values for as long as something of it uses them. `api` outlives all tensors.
Result<OwnedTensor> ToTensorFlow(const TensorFlowApi& api, const tensors::Tensor& tensor);
// UNIMPLEMENTED for values of a type that does not travel.
Result<tensors::Tensor> FromTensorFlow(const TensorFlowApi& api, const TF_Tensor& tensor);

}  // namespace mlengine::model_server
