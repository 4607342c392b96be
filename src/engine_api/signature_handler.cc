#include "engine_api/signature_handler.h"

#include <boost/json.hpp>

#include "base/file_system.h"
#include "engine_api/answer.h"
#include "serving/model_signature.h"
#include "serving/python_model.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using serving::PythonModel;
using serving::Signature;
using serving::TensorSpec;
using store::StoredResource;
using Tensors = std::map<std::string, TensorSpec>;

constexpr char kDoor[] =
    "/mlengine/v1/projects/{project}/models/{model}/versions/{version}/signature";

json::array TensorsJson(const Tensors& tensors) {
  json::array list;
  for (const auto& [name, spec] : tensors) {
    json::value shape;
    if (spec.known_rank) shape = json::array(spec.dims.begin(), spec.dims.end());
    list.push_back({{"name", wire::ToValidUtf8(name)},
                    {"dtype", tensors::TypeName(spec.type)},
                    {"shape", std::move(shape)}});
  }
  return list;
}

std::string TensorsText(const Tensors& tensors) {
  std::string text;
  for (const auto& [name, spec] : tensors)
    text += (text.empty() ? "" : ", ") + wire::ToValidUtf8(name) + " " + SpecText(spec);
  return text;
}

json::array SignaturesJson(const serving::Signatures& signatures) {
  const auto chosen = serving::ChooseSignature(signatures, "");
  json::array list;
  for (const auto& [name, signature] : signatures) {
    list.push_back(
        {{"name", wire::ToValidUtf8(name)},
         {"isDefault", chosen.ok() && *chosen == &signature},
         {"inputs", TensorsJson(signature.inputs)},
         {"outputs", TensorsJson(signature.outputs)},
         {"text", TensorsText(signature.inputs) + " -> " + TensorsText(signature.outputs)}});
  }
  return list;
}

struct PythonWords {
  const char* answered_by;
  const char* instance;
  const char* answer;
};

PythonWords WordsOf(PythonModel model) {
  switch (model) {
    case PythonModel::kScikitLearn:
      return {"scikit-learn", "what the model's predict takes a list of, such as a list of numbers",
              "what predict gives for it"};
    case PythonModel::kXgboost:
      return {"xgboost", "a list of numbers, one for each feature", "what predict gives for it"};
    case PythonModel::kPyTorch:
      return {"pytorch", "the value of the input, as float32",
              "the row of the output, or an object with output_0, output_1 and so on"};
    case PythonModel::kOnnx:
      return {"onnx", "the value of the input, or an object with each input by its name",
              "an object with every output by its name"};
    case PythonModel::kRoutine:
      return {"routine", "what the prediction class takes", "what the prediction class returns"};
    case PythonModel::kNone:
      break;
  }
  return {"nothing", "", ""};
}

Result<json::object> Shown(const ServingDeps& deps, const store::ResourceKey& key) {
  const Result<StoredResource> stored = deps.models->Get(key);
  if (stored.status().code() == StatusCode::kNotFound) {
    return NotFoundError("There is no version \"" + key.name.substr(0, 128) + "\" of a model \"" +
                         key.parent.substr(0, 128) + "\" in project \"" +
                         key.project.substr(0, 64) + "\".");
  }
  MLENGINE_RETURN_IF_ERROR(stored.status());
  const ml::v1::Version& version = stored->record.version().version();
  FileSystem& files = RealFileSystem();
  const std::string folder = JoinPath(deps.folder_of(*stored), "model");
  if (version.state() == ml::v1::Version::CREATING || !files.Stat(folder).ok()) {
    return FailedPreconditionError("The files of version \"" + key.name +
                                   "\" are not there: it is " +
                                   ml::v1::Version::State_Name(version.state()) + ".");
  }
  json::object out{{"model", key.parent}, {"version", key.name}};
  if (version.framework() == ml::v1::Version::TENSORFLOW) {
    MLENGINE_ASSIGN_OR_RETURN(const auto signatures, serving::SignaturesOfFolder(files, folder));
    out["answeredBy"] = "tensorflow";
    out["signatures"] = SignaturesJson(signatures);
    return out;
  }
  const PythonWords words =
      WordsOf(serving::PythonModelOf(version, [&files, &folder](std::string_view name) {
        return files.Stat(JoinPath(folder, std::string(name))).ok();
      }));
  out["answeredBy"] = words.answered_by;
  out["signatures"] = json::array();
  out["instance"] = words.instance;
  out["answer"] = words.answer;
  return out;
}

}  // namespace

void RegisterSignatures(net::Router& router, const ServingDeps& deps) {
  router.Handle("GET", kDoor, [deps](net::Request& request) {
    const auto& path = request.path_values;
    const Result<json::object> shown = Shown(deps, store::VersionKey(path[0], path[1], path[2]));
    return shown.ok() ? JsonAnswer(json::serialize(*shown)) : ErrorAnswer(shown.status());
  });
}

}  // namespace mlengine::engine_api
