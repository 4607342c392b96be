#include "serving/signature.h"

#include <algorithm>
#include <utility>

#include "insight/proto_fields.h"

namespace mlengine::serving {
namespace {

using insight::ProtoFields;
using Kind = ProtoFields::Kind;

// Fields of TensorFlow's meta_graph.proto and tensor_shape.proto.
constexpr std::uint32_t kSignatures = 5;  // of MetaGraphDef, a map
constexpr std::uint32_t kMapKey = 1;
constexpr std::uint32_t kMapValue = 2;
constexpr std::uint32_t kInputs = 1;       // of SignatureDef, a map
constexpr std::uint32_t kOutputs = 2;      // likewise
constexpr std::uint32_t kName = 1;         // of TensorInfo
constexpr std::uint32_t kType = 2;         // of TensorInfo
constexpr std::uint32_t kShape = 3;        // of TensorInfo
constexpr std::uint32_t kDim = 2;          // of TensorShapeProto
constexpr std::uint32_t kUnknownRank = 3;  // of TensorShapeProto
constexpr std::uint32_t kSize = 1;         // of TensorShapeProto.Dim
constexpr std::size_t kMostEntries = 1024;

Status Damaged() {
  return DataLossError("a signature of the model cannot be read");
}

Result<std::int64_t> ReadDim(std::string_view bytes) {
  std::int64_t size = 0;
  ProtoFields dim(bytes);
  while (dim.Next()) {
    if (dim.Is(kSize, Kind::kVarint)) size = static_cast<std::int64_t>(dim.integer());
  }
  if (!dim.ok()) return Damaged();
  return size < 0 ? -1 : size;
}

Status ReadShape(std::string_view bytes, TensorSpec& spec) {
  spec.known_rank = true;
  ProtoFields shape(bytes);
  while (shape.Next()) {
    if (shape.Is(kUnknownRank, Kind::kVarint) && shape.integer() != 0) spec.known_rank = false;
    if (!shape.Is(kDim, Kind::kBytes)) continue;
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t size, ReadDim(shape.bytes()));
    if (spec.dims.size() == tensors::kMostDims) return Damaged();
    spec.dims.push_back(size);
  }
  return shape.ok() ? OkStatus() : Damaged();
}

Result<TensorSpec> ReadTensorInfo(std::string_view bytes) {
  TensorSpec spec;
  ProtoFields info(bytes);
  while (info.Next()) {
    if (info.Is(kName, Kind::kBytes)) {
      spec.tensor = std::string(info.bytes());
    } else if (info.Is(kType, Kind::kVarint)) {
      if (info.integer() < 256) spec.type = static_cast<tensors::TensorType>(info.integer());
    } else if (info.Is(kShape, Kind::kBytes)) {
      MLENGINE_RETURN_IF_ERROR(ReadShape(info.bytes(), spec));
    }
  }
  if (!info.ok()) return Damaged();
  return spec;
}

struct Entry {
  std::string key;
  std::string_view value;
};

Result<Entry> ReadEntry(std::string_view bytes) {
  Entry entry;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (fields.Is(kMapKey, Kind::kBytes)) entry.key = std::string(fields.bytes());
    if (fields.Is(kMapValue, Kind::kBytes)) entry.value = fields.bytes();
  }
  if (!fields.ok()) return Damaged();
  return entry;
}

Status AddTensor(std::string_view bytes, std::map<std::string, TensorSpec>& tensors) {
  MLENGINE_ASSIGN_OR_RETURN(const Entry entry, ReadEntry(bytes));
  MLENGINE_ASSIGN_OR_RETURN(TensorSpec spec, ReadTensorInfo(entry.value));
  if (tensors.size() == kMostEntries) return Damaged();
  tensors[entry.key] = std::move(spec);
  return OkStatus();
}

Result<Signature> ReadSignature(std::string_view bytes) {
  Signature signature;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (fields.Is(kInputs, Kind::kBytes))
      MLENGINE_RETURN_IF_ERROR(AddTensor(fields.bytes(), signature.inputs));
    else if (fields.Is(kOutputs, Kind::kBytes))
      MLENGINE_RETURN_IF_ERROR(AddTensor(fields.bytes(), signature.outputs));
  }
  if (!fields.ok()) return Damaged();
  return signature;
}

}  // namespace

Result<Signatures> ReadSignatures(std::string_view bytes) {
  Signatures signatures;
  ProtoFields fields(bytes);
  while (fields.Next()) {
    if (!fields.Is(kSignatures, Kind::kBytes)) continue;
    MLENGINE_ASSIGN_OR_RETURN(const Entry entry, ReadEntry(fields.bytes()));
    if (entry.key.starts_with("__saved_model")) continue;
    MLENGINE_ASSIGN_OR_RETURN(Signature signature, ReadSignature(entry.value));
    if (signature.outputs.empty()) continue;
    if (signatures.size() == kMostEntries) return Damaged();
    signatures[entry.key] = std::move(signature);
  }
  if (!fields.ok()) return Damaged();
  return signatures;
}

bool HasRows(const Signature& signature) {
  const auto has_rows = [](const auto& entry) {
    const TensorSpec& spec = entry.second;
    return spec.known_rank && !spec.dims.empty() && spec.dims.front() == -1;
  };
  return std::ranges::all_of(signature.inputs, has_rows) &&
         std::ranges::all_of(signature.outputs, has_rows);
}

Result<const Signature*> ChooseSignature(const Signatures& signatures, const std::string& name) {
  if (name.empty() && signatures.size() == 1) return &signatures.begin()->second;
  const std::string key = name.empty() ? "serving_default" : name;
  const auto found = signatures.find(key);
  if (found != signatures.end()) return &found->second;
  std::string there;
  for (const auto& [other, signature] : signatures)
    there += (there.empty() ? "" : ", ") + other.substr(0, 100);
  return InvalidArgumentError("No signature found for signature key " + key.substr(0, 200) +
                              ". The model has: " + (there.empty() ? "none" : there) + ".");
}

}  // namespace mlengine::serving
