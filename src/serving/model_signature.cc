#include "serving/model_signature.h"

#include "serving/saved_model.h"

namespace mlengine::serving {
namespace {

constexpr std::uint64_t kLargestSavedModel = (2ULL << 30) - 1;  // bytes: protobuf's own limit

}  // namespace

Result<Signatures> SignaturesOfFolder(FileSystem& files, const std::string& folder) {
  const std::string binary = JoinPath(folder, "saved_model.pb");
  if (!files.Stat(binary).ok()) {
    if (files.Stat(JoinPath(folder, "saved_model.pbtxt")).ok()) {
      return UnimplementedError(
          "The signatures of a SavedModel in text (saved_model.pbtxt) are known to TensorFlow "
          "alone. Export the model as saved_model.pb.");
    }
    return NotFoundError("There is no saved_model.pb.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, files.Read(binary, kLargestSavedModel));
  MLENGINE_ASSIGN_OR_RETURN(const std::string_view graph, ServingGraphBytes(bytes));
  return ReadSignatures(graph);
}

std::string SpecText(const TensorSpec& spec) {
  std::string dims;
  for (const std::int64_t dim : spec.dims) dims += (dims.empty() ? "" : ", ") + std::to_string(dim);
  return tensors::TypeName(spec.type) + "[" + (spec.known_rank ? dims : "?") + "]";
}

}  // namespace mlengine::serving
