// The signatures of a SavedModel: what can be asked of it, and by which tensors. Pure; takes any
// bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensors/tensor.h"

namespace mlengine::serving {

struct TensorSpec {
  std::string tensor;  // in the graph: "serving_default_x:0"
  tensors::TensorType type = tensors::TensorType::kNone;
  bool known_rank = false;
  std::vector<std::int64_t> dims;  // -1 where any size goes; of a known rank
};

struct Signature {
  std::map<std::string, TensorSpec> inputs;  // by the names that clients use
  std::map<std::string, TensorSpec> outputs;
};

// Whether all its tensors have as many rows as there are instances, by what the model says of them:
// a first dimension of any size.
bool HasRows(const Signature& signature);

using Signatures = std::map<std::string, Signature>;

// The entries of MetaGraphDef.signature_def; TensorFlow's own ("__saved_model…") and those without
// outputs are left out. A tensor that is none of the dense ones has no name. DATA_LOSS for bytes
// that are none.
Result<Signatures> ReadSignatures(std::string_view bytes);

// The one that was asked for by `name`; with "" the only one, else "serving_default".
// INVALID_ARGUMENT when there is none.
Result<const Signature*> ChooseSignature(const Signatures& signatures, const std::string& name);

}  // namespace mlengine::serving
