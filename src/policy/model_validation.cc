#include "policy/model_validation.h"

#include <algorithm>
#include <array>

#include "policy/labels.h"
#include "policy/machine_types.h"
#include "policy/runtime_catalog.h"
#include "policy/training_paths.h"
#include "policy/version_number.h"
#include "policy/violations.h"

namespace mlengine::policy {
namespace {

using ml::v1::Model;
using ml::v1::Version;

constexpr std::size_t kDescriptionBytes = 8192;
constexpr int kPackageLimit = 100;
constexpr int kNodeLimit = 1000;
constexpr VersionNumber kFirstWithFrameworks{1, 4};

// Those of the original's own, its names of before included.
constexpr auto kServingMachines =
    std::to_array<std::string_view>({"mls1-c1-m2", "mls1-c1-m4", "mls1-c4-m2", "mls1-c4-m4",
                                     "mls1-c4-m16", "mls1-highmem-1", "mls1-highcpu-4"});

void CheckName(const std::string& name, const std::string& field, const char* noun,
               Violations& wrong) {
  if (name.empty())
    return wrong.Invalid(field, "The name of the " + std::string(noun) + " is required.");
  if (IsModelName(name)) return;
  wrong.Invalid(field, "\"" + name.substr(0, 200) + "\" is not a " + noun +
                           " name: letters, digits and underscores, the first a letter, at most "
                           "128 characters.");
}

void CheckDescription(const std::string& text, const std::string& field, Violations& wrong) {
  if (text.size() <= kDescriptionBytes) return;
  wrong.Invalid(field, "The description has " + std::to_string(text.size()) +
                           " bytes; at most 8192 are possible.");
}

void CheckRegions(const Model& model, const RegionTable& regions, Violations& wrong) {
  const std::string field = "model.regions";
  if (model.regions_size() > 1) return wrong.Invalid(field, "Only one region may be given.");
  if (model.regions().empty() || regions.IsOpen(model.regions(0))) return;
  std::string known;
  for (const std::string& name : regions.Open()) known += (known.empty() ? "" : ", ") + name;
  wrong.Invalid(field, "\"" + model.regions(0).substr(0, 100) +
                           "\" is not a region that takes models; one of " + known + ".");
}

void CheckRuntime(const Version& version, const PythonVersionsOf& python_versions_of,
                  Violations& wrong) {
  const std::string field = "version.runtime_version";
  const std::string& runtime = version.runtime_version();
  const std::string& python = version.python_version();
  const bool python_is_version = python.empty() || ParseVersionNumber(python).has_value();
  if (!python_is_version) {
    wrong.Invalid("version.python_version",
                  "\"" + python.substr(0, 100) + "\" is not a Python version such as 3.7.");
  }
  if (runtime.empty()) return;
  const std::optional<std::vector<std::string>> known = python_versions_of(runtime);
  if (!known) return wrong.Invalid(field, WrongPairText(runtime.substr(0, 100), python, {}));
  if (!python.empty() && python_is_version && !known->empty() &&
      std::find(known->begin(), known->end(), python) == known->end()) {
    wrong.Invalid(field, WrongPairText(runtime, python, *known));
  }
  const std::optional<VersionNumber> number = ParseVersionNumber(runtime);
  if (!number || *number >= kFirstWithFrameworks) return;
  if (version.framework() == Version::SCIKIT_LEARN || version.framework() == Version::XGBOOST) {
    wrong.Invalid(field, Version::Framework_Name(version.framework()) +
                             " needs runtime version 1.4 or above, not " + runtime + ".");
  }
  if (!version.package_uris().empty() || !version.prediction_class().empty())
    wrong.Invalid(field, "Own code needs runtime version 1.4 or above, not " + runtime + ".");
}

void CheckCode(const Version& version, Violations& wrong) {
  const std::string field = "version.package_uris";
  if (version.package_uris_size() > kPackageLimit) {
    wrong.Invalid(field, "At most 100 packages may be given, not " +
                             std::to_string(version.package_uris_size()) + ".");
  }
  for (int i = 0; i < std::min(version.package_uris_size(), kPackageLimit); ++i) {
    if (std::string text = CheckPackageUri(version.package_uris(i)); !text.empty())
      wrong.Invalid(field + "[" + std::to_string(i) + "]", std::move(text));
  }
  const std::string& name = version.prediction_class();
  if (name.empty()) return;
  const bool dotted = name.find('.') != std::string::npos;
  if (std::string text = CheckPythonModule(name); !text.empty() || !dotted) {
    wrong.Invalid("version.prediction_class", "\"" + name.substr(0, 200) +
                                                  "\" is not a class such as "
                                                  "my_package.predictor.MyPredictor.");
  }
  if (version.package_uris().empty())
    wrong.Invalid(field, "A package with the prediction class is required.");
  if (version.framework() != Version::FRAMEWORK_UNSPECIFIED) {
    wrong.Invalid("version.framework",
                  "A framework must not be given together with a prediction class.");
  }
}

void CheckMachine(const std::string& name, Violations& wrong) {
  const bool is_own =
      std::find(kServingMachines.begin(), kServingMachines.end(), name) != kServingMachines.end();
  const bool is_compute = name.starts_with("n1-") && FindMachineType(name).has_value();
  if (name.empty() || is_own || is_compute) return;
  std::string known;
  for (const std::string_view one : kServingMachines) known += std::string(one) + ", ";
  wrong.Invalid("version.machine_type", "\"" + name.substr(0, 100) +
                                            "\" is not a machine type for prediction; one of " +
                                            known + "or one of Compute Engine's N1 types.");
}

void CheckScaling(const Version& version, Violations& wrong) {
  const auto in_range = [&wrong](int nodes, int least, const std::string& field) {
    if (nodes < least || nodes > kNodeLimit) {
      wrong.Invalid(field, "The number of nodes must be " + std::to_string(least) + " to " +
                               std::to_string(kNodeLimit) + ", not " + std::to_string(nodes) + ".");
    }
  };
  const ml::v1::AutoScaling& automatic = version.auto_scaling();
  if (version.has_manual_scaling()) {
    in_range(version.manual_scaling().nodes(), 1, "version.manual_scaling.nodes");
    if (version.has_auto_scaling())
      wrong.Invalid("version.manual_scaling",
                    "Only one of auto_scaling and manual_scaling may be given.");
  }
  in_range(automatic.min_nodes(), 0, "version.auto_scaling.min_nodes");
  in_range(automatic.max_nodes(), 0, "version.auto_scaling.max_nodes");
  if (automatic.max_nodes() > 0 && automatic.max_nodes() < automatic.min_nodes()) {
    wrong.Invalid("version.auto_scaling.max_nodes",
                  "The greatest number of nodes is below the least one.");
  }
  for (int i = 0; i < automatic.metrics_size(); ++i) {
    const std::string field = "version.auto_scaling.metrics[" + std::to_string(i) + "]";
    if (automatic.metrics(i).name() == ml::v1::MetricSpec::METRIC_NAME_UNSPECIFIED)
      wrong.Invalid(field + ".name", "The metric is required: CPU_USAGE or GPU_DUTY_CYCLE.");
    if (automatic.metrics(i).target() < 1 || automatic.metrics(i).target() > 100)
      wrong.Invalid(field + ".target", "The target must be 1 to 100 per cent.");
  }
}

void RefuseUnbuilt(const Version& version, Violations& wrong) {
  const auto refuse = [&wrong](bool is_set, const char* name) {
    if (is_set)
      wrong.NotBuilt(std::string("version.") + name,
                     "This field is not supported by this engine yet; leave it out.");
  };
  refuse(version.accelerator_config().ByteSizeLong() != 0, "accelerator_config");
  refuse(version.container().ByteSizeLong() != 0, "container");
  refuse(version.explanation_config().ByteSizeLong() != 0, "explanation_config");
  refuse(version.request_logging_config().ByteSizeLong() != 0, "request_logging_config");
  refuse(version.routes().ByteSizeLong() != 0, "routes");
  refuse(!version.service_account().empty(), "service_account");
}

}  // namespace

Status ValidateNewModel(const Model& model, const RegionTable& regions) {
  Violations wrong;
  CheckName(model.name(), "model.name", "model", wrong);
  CheckDescription(model.description(), "model.description", wrong);
  CheckRegions(model, regions, wrong);
  CheckLabels(model.labels(), "model.labels", wrong);
  return wrong.ToStatus();
}

Status ValidateNewVersion(const Version& version, const PythonVersionsOf& python_versions_of) {
  Violations wrong;
  CheckName(version.name(), "version.name", "version", wrong);
  CheckDescription(version.description(), "version.description", wrong);
  CheckLabels(version.labels(), "version.labels", wrong);
  if (version.deployment_uri().empty()) {
    wrong.Invalid("version.deployment_uri",
                  "The gs:// folder with the files of the model is required.");
  } else if (std::string text = CheckJobDir(version.deployment_uri()); !text.empty()) {
    wrong.Invalid("version.deployment_uri", std::move(text));
  }
  CheckRuntime(version, python_versions_of, wrong);
  CheckCode(version, wrong);
  CheckMachine(version.machine_type(), wrong);
  CheckScaling(version, wrong);
  RefuseUnbuilt(version, wrong);
  return wrong.ToStatus();
}

Status ValidateChangedModel(const Model& model) {
  Violations wrong;
  CheckDescription(model.description(), "model.description", wrong);
  CheckLabels(model.labels(), "model.labels", wrong);
  return wrong.ToStatus();
}

Status ValidateChangedVersion(const Version& version) {
  Violations wrong;
  CheckDescription(version.description(), "version.description", wrong);
  CheckLabels(version.labels(), "version.labels", wrong);
  CheckScaling(version, wrong);
  return wrong.ToStatus();
}

void ClearOutputFields(Model& model) {
  model.clear_default_version();
  model.clear_etag();
}

void ClearOutputFields(Version& version) {
  version.clear_create_time();
  version.clear_error_message();
  version.clear_etag();
  version.clear_is_default();
  version.clear_last_migration_model_id();
  version.clear_last_migration_time();
  version.clear_last_use_time();
  version.clear_state();
}

bool IsModelName(const std::string& name) {
  return IsJobId(name);  // the same rule
}

}  // namespace mlengine::policy
