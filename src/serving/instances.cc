#include "serving/instances.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "serving/tensor_builder.h"

namespace mlengine::serving {
namespace {

namespace json = boost::json;
using tensors::TensorType;

std::string NamesOf(const json::object& object) {
  std::string names;
  for (const auto& member : object) {
    if (names.size() > 200) return names + ", …";
    names += (names.empty() ? "" : ", ") + std::string(member.key().substr(0, 100));
  }
  return "[" + names + "]";
}

// Binary values are decoded for models that take strings at all.
bool TakesBytes(const Signature& signature) {
  return std::ranges::any_of(
      signature.inputs, [](const auto& input) { return input.second.type == TensorType::kString; });
}

Status AddBare(const json::value& instance, const std::string& name, bool takes_bytes,
               TensorBuilder& builder) {
  const json::object* const object = instance.if_object();
  if (object == nullptr || (takes_bytes && IsBase64Object(instance))) return builder.Add(instance);
  if (object->size() != 1 || object->if_contains(name) == nullptr) {
    return InvalidArgumentError("Expected tensor name: " + name +
                                ", got tensor name: " + NamesOf(*object) + ".");
  }
  return builder.Add(object->begin()->value());
}

Status AddNamed(const json::value& instance, std::map<std::string, TensorBuilder>& builders) {
  const json::object* const object = instance.if_object();
  if (object == nullptr) {
    std::string names;
    for (const auto& [name, builder] : builders) names += (names.empty() ? "" : ", ") + name;
    return InvalidArgumentError(
        "The model has more than one input, so each instance must be an object with the values "
        "of " +
        names + ".");
  }
  for (const auto& member : *object) {
    const auto builder = builders.find(std::string(member.key()));
    if (builder == builders.end()) {
      return InvalidArgumentError("Unexpected tensor name: " +
                                  std::string(member.key().substr(0, 200)));
    }
  }
  for (auto& [name, builder] : builders) {
    const json::value* const value = object->if_contains(name);
    if (value == nullptr) {
      return InvalidArgumentError("Input " + name + " was missing in at least one input instance.");
    }
    MLENGINE_RETURN_IF_ERROR(builder.Add(*value));
  }
  return OkStatus();
}

}  // namespace

Result<std::vector<tensors::Tensor>> TensorsOf(const json::array& instances,
                                               const Signature& signature) {
  std::map<std::string, TensorBuilder> builders;
  for (const auto& [name, spec] : signature.inputs) {
    if (spec.tensor.empty()) {
      return InvalidArgumentError("Input " + name +
                                  " is no dense tensor; such inputs cannot be given as JSON");
    }
    builders.emplace(name, TensorBuilder(name, spec));
  }
  const bool takes_bytes = TakesBytes(signature);
  for (const json::value& instance : instances) {
    MLENGINE_RETURN_IF_ERROR(builders.size() == 1 ? AddBare(instance, builders.begin()->first,
                                                            takes_bytes, builders.begin()->second)
                                                  : AddNamed(instance, builders));
  }
  std::vector<tensors::Tensor> tensors;
  for (auto& [name, builder] : builders) {
    MLENGINE_ASSIGN_OR_RETURN(tensors::Tensor tensor, builder.Finish());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace mlengine::serving
