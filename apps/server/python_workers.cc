#include "python_workers.h"

#include <algorithm>
#include <optional>

#include "base/file_system.h"
#include "policy/quota_settings.h"
#include "policy/runtime_catalog.h"
#include "runtimes/framework_search.h"
#include "serving/python_model.h"
#include "serving/worker_folder.h"

namespace mlengine::server {
namespace {

using runtimes::InstalledRuntime;
using serving::PythonModel;

// The built-in runtime version for models of these frameworks.
constexpr char kModelsRuntime[] = "scikit-learn";

struct Kind {
  std::string word;  // of the worker's --kind
  std::string name;  // for people
  runtimes::FrameworkPackage package;
};

Kind KindOf(PythonModel model) {
  switch (model) {
    case PythonModel::kScikitLearn:
      return {"scikit-learn", "scikit-learn", {"scikit-learn", "sklearn"}};
    case PythonModel::kXgboost:
      return {"xgboost", "XGBoost", {"xgboost", "xgboost"}};
    case PythonModel::kPyTorch:
      return {"pytorch", "PyTorch", {"torch", "torch"}};
    case PythonModel::kOnnx:
      return {"onnx", "ONNX Runtime", {"onnxruntime", "onnxruntime"}};
    case PythonModel::kRoutine:
      return {"routine", "Python", {}};
    case PythonModel::kNone:
      break;
  }
  return {};
}

Status NothingHas(const Kind& kind) {
  const std::string missing = "No runtime version with " + kind.name +
                              " is installed on this machine, so this version cannot answer. ";
  if (kind.word == "pytorch") {
    return FailedPreconditionError(
        missing +
        "Write one into catalog.yaml in the folder of the runtimes, with torch, numpy and what "
        "they need among its requirements (or with the interpreter of an environment that has "
        "them), and build it: mlengine runtimes install NAME");
  }
  return FailedPreconditionError(missing + "Install one: mlengine runtimes install " +
                                 kModelsRuntime);
}

bool Holds(const std::vector<InstalledRuntime>& fitting, const std::string& name) {
  return std::ranges::find(fitting, name, &InstalledRuntime::name) != fitting.end();
}

// The version's own runtime where it fits. A model of the original's time wants the nearest; a
// later one the runtime that is made for it.
Result<InstalledRuntime> Choose(const policy::RuntimeCatalog& catalog,
                                const std::vector<InstalledRuntime>& fitting,
                                const ml::v1::Version& version) {
  std::vector<policy::InstalledVersion> versions;
  for (const InstalledRuntime& one : fitting) versions.push_back({one.name, one.python_version});
  std::string name = version.runtime_version();
  const bool original = !policy::RuntimeCatalog::PythonVersionsOfOriginal(name).empty();
  const bool routine = !version.prediction_class().empty();
  if (!Holds(fitting, name) && !original && !routine && Holds(fitting, kModelsRuntime))
    name = kModelsRuntime;
  if (!Holds(fitting, name)) {
    MLENGINE_ASSIGN_OR_RETURN(
        const policy::RuntimeChoice choice,
        policy::ChooseRuntime(catalog, versions, "", policy::Compatibility::kNearest,
                              {name, version.python_version()}));
    name = choice.name;
  }
  const std::optional<std::size_t> chosen =
      policy::ChoosePython(catalog, versions, name, version.python_version());
  if (!chosen) return FailedPreconditionError("Runtime version " + name + " is not installed.");
  return fitting[*chosen];
}

}  // namespace

Result<std::vector<std::string>> WorkerWords(const WorkerParts& parts,
                                             const serving::ServedVersion& version) {
  const std::string model_dir = JoinPath(version.folder, "model");
  const auto has_file = [&model_dir](std::string_view name) {
    return RealFileSystem().Stat(JoinPath(model_dir, std::string(name))).ok();
  };
  if (!policy::AllowsPythonModels(parts.quotas.Of(version.project))) {
    MLENGINE_RETURN_IF_ERROR(serving::CheckCodeAllowed(version.project, version.version, has_file));
  }
  const Kind kind = KindOf(serving::PythonModelOf(version.version, has_file));
  if (kind.word.empty()) return UnimplementedError("Nothing in this engine can run such a model.");
  std::vector<InstalledRuntime> fitting = parts.runtimes.Installed();
  if (!kind.package.module.empty())
    fitting = runtimes::HavingPackage(RealFileSystem(), fitting, kind.package);
  if (fitting.empty()) return NothingHas(kind);
  MLENGINE_ASSIGN_OR_RETURN(const InstalledRuntime runtime,
                            Choose(parts.runtimes.catalog(), fitting, version.version));
  MLENGINE_ASSIGN_OR_RETURN(const std::string folder, serving::WorkerFolder());
  // Nothing of the server's own environment or of the user's own packages; no files beside the
  // program; lines as they are printed.
  return std::vector<std::string>{runtime.interpreter,
                                  "-E",
                                  "-s",
                                  "-B",
                                  "-u",
                                  folder,
                                  "--kind",
                                  kind.word,
                                  "--model-dir",
                                  model_dir,
                                  "--prediction-class",
                                  version.version.prediction_class(),
                                  "--packages",
                                  JoinPath(version.folder, "packages"),
                                  "--environments",
                                  parts.environments,
                                  "--runtime",
                                  runtime.digest,
                                  "--limit",
                                  std::to_string(parts.prediction_seconds)};
}

}  // namespace mlengine::server
