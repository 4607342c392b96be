#include "serving/python_model.h"

namespace mlengine::serving {
namespace {

using ml::v1::Version;

struct Code {
  std::string field;
  std::string what;  // a clause; "" when nothing of the version's own runs
};

Code CodeOf(const Version& version, const HasFile& has_file) {
  if (!version.prediction_class().empty())
    return {"version.prediction_class", "a prediction class is the user's own program"};
  if (!version.package_uris().empty())
    return {"version.package_uris", "its packages are the user's own program"};
  const bool pickled = version.framework() == Version::SCIKIT_LEARN ||
                       (version.framework() == Version::XGBOOST && !has_file("model.bst"));
  if (!pickled) return {};
  const std::string name = has_file("model.joblib") ? "model.joblib" : "model.pkl";
  return {"version.deployment_uri",
          name + " is a pickle, and a pickle may run any program when it is read"};
}

}  // namespace

PythonModel PythonModelOf(const Version& version, const HasFile& has_file) {
  if (!version.prediction_class().empty()) return PythonModel::kRoutine;
  if (version.framework() == Version::SCIKIT_LEARN) return PythonModel::kScikitLearn;
  if (version.framework() == Version::XGBOOST) return PythonModel::kXgboost;
  if (version.framework() != Version::FRAMEWORK_UNSPECIFIED) return PythonModel::kNone;
  if (has_file("model.pt")) return PythonModel::kPyTorch;
  return has_file("model.onnx") ? PythonModel::kOnnx : PythonModel::kNone;
}

Status CheckCodeAllowed(const std::string& project, const Version& version,
                        const HasFile& has_file) {
  const Code code = CodeOf(version, has_file);
  if (code.what.empty()) return OkStatus();
  const std::string flag = project == "default" ? "" : " --project=" + project;
  const std::string text =
      "To load this version is to run code that came with it, as the user of this engine: " +
      code.what + ". Project " + project +
      " does not allow that. Where you trust those who can create its versions, allow it: mlengine "
      "quotas set python-models unlimited" +
      flag;
  return FailedPreconditionError("Field: " + code.field + " Error: " + text)
      .WithViolations({{code.field, text}});
}

}  // namespace mlengine::serving
