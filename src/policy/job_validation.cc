#include "policy/job_validation.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "policy/budget.h"
#include "policy/cluster.h"
#include "policy/labels.h"
#include "policy/prediction_validation.h"
#include "policy/regions.h"
#include "policy/runtime_catalog.h"
#include "policy/training_paths.h"
#include "policy/violations.h"

namespace mlengine::policy {
namespace {

using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ml::v1::Job;
using ml::v1::TrainingInput;

constexpr int kPackageLimit = 100;
constexpr int kPriorityLimit = 1000;
constexpr std::int64_t kLeastWaitSeconds = 1800;

// The fields that the engine acts on; every other one of TrainingInput is refused by name.
const std::set<std::string>& BuiltFields() {
  static const std::set<std::string> fields = {
      "job.training_input.args",
      "job.training_input.job_dir",
      "job.training_input.package_uris",
      "job.training_input.python_module",
      "job.training_input.python_version",
      "job.training_input.region",
      "job.training_input.runtime_version",
      "job.training_input.scale_tier",
      "job.training_input.scheduling.max_running_time",
      "job.training_input.scheduling.max_wait_time",
      "job.training_input.scheduling.priority",
      "job.training_input.use_chief_in_tf_config",
  };
  return fields;
}

// What CheckCluster looks at: types, counts and accelerators of every role.
bool IsClusterField(const std::string& name) {
  static constexpr std::string_view kPrefix = "job.training_input.";
  for (const std::string_view role : {"master", "worker", "parameter_server", "evaluator"}) {
    const std::string start = std::string(kPrefix) + std::string(role);
    if (name == start + "_type" || name == start + "_count" ||
        name.starts_with(start + "_config.accelerator_config.")) {
      return true;
    }
  }
  return false;
}

bool IsUpperOrLower(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Names the set leaves of `message` that nothing acts on. A message with only default values in it
// counts as unset.
void RefuseUnbuilt(const Message& message, const std::string& path, Violations& wrong) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const std::string name = path + "." + field->name();
    if (BuiltFields().contains(name) || IsClusterField(name)) continue;
    if (!field->is_repeated() && field->message_type() != nullptr &&
        field->message_type() != Duration::descriptor()) {
      RefuseUnbuilt(message.GetReflection()->GetMessage(message, field), name, wrong);
      continue;
    }
    if (field->message_type() == Duration::descriptor() &&
        message.GetReflection()->GetMessage(message, field).ByteSizeLong() == 0) {
      continue;
    }
    wrong.NotBuilt(name, "This field is not supported by this engine yet; leave it out.");
  }
}

void CheckProgram(const TrainingInput& input, Violations& wrong) {
  const std::string module_field = "job.training_input.python_module";
  const std::string uris_field = "job.training_input.package_uris";
  // A container brings its own program.
  const bool container = !input.master_config().image_uri().empty();
  if (!input.python_module().empty()) {
    if (std::string text = CheckPythonModule(input.python_module()); !text.empty())
      wrong.Invalid(module_field, std::move(text));
  } else if (!container) {
    wrong.Invalid(module_field, "The Python module to run is required.");
  }
  if (input.package_uris().empty() && !container) {
    wrong.Invalid(uris_field, "Non-custom jobs must have packages.");
  }
  if (input.package_uris_size() > kPackageLimit) {
    wrong.Invalid(uris_field, "At most 100 packages may be given, not " +
                                  std::to_string(input.package_uris_size()) + ".");
  }
  for (int i = 0; i < std::min(input.package_uris_size(), kPackageLimit); ++i) {
    if (std::string text = CheckPackageUri(input.package_uris(i)); !text.empty())
      wrong.Invalid(uris_field + "[" + std::to_string(i) + "]", std::move(text));
  }
  for (int i = 0; i < input.args_size(); ++i) {
    if (std::string text = CheckArgument(input.args(i)); !text.empty())
      wrong.Invalid("job.training_input.args[" + std::to_string(i) + "]", std::move(text));
  }
  if (!input.job_dir().empty()) {
    if (std::string text = CheckJobDir(input.job_dir()); !text.empty())
      wrong.Invalid("job.training_input.job_dir", std::move(text));
  }
}

void CheckRegion(const std::string& field, const std::string& region, const RegionTable& regions,
                 Violations& wrong) {
  if (region.empty()) return wrong.Invalid(field, "The region to run the job in is required.");
  if (regions.IsOpen(region)) return;
  if (const std::string of_zone = RegionOfZone(region); !of_zone.empty()) {
    return wrong.Invalid(field, "\"" + region + "\" is a zone; give its region, " + of_zone + ".");
  }
  std::string known;
  for (const std::string& name : regions.Open()) known += (known.empty() ? "" : ", ") + name;
  const std::string why = IsTrainingRegion(region)
                              ? "\" takes no jobs on this engine; those that do: "
                              : "\" is not a region for training; one of ";
  wrong.Invalid(field, "\"" + region.substr(0, 100) + why + known + ".");
}

void CheckRuntime(const TrainingInput& input, const PythonVersionsOf& python_versions_of,
                  Violations& wrong) {
  const std::string& runtime = input.runtime_version();
  const std::string& python = input.python_version();
  const std::size_t dot = python.find('.');
  const bool python_form = dot != std::string::npos && dot > 0 && dot + 1 < python.size() &&
                           std::count_if(python.begin(), python.end(), IsDigit) ==
                               static_cast<std::ptrdiff_t>(python.size()) - 1;
  if (!python.empty() && !python_form) {
    wrong.Invalid("job.training_input.python_version",
                  "\"" + python.substr(0, 100) + "\" is not a Python version such as 3.7.");
  }
  if (runtime.empty()) return;
  const std::optional<std::vector<std::string>> known = python_versions_of(runtime);
  if (!known) {
    return wrong.Invalid("runtime_version", WrongPairText(runtime.substr(0, 100), python, {}));
  }
  if (python.empty() || !python_form || known->empty()) return;
  if (std::find(known->begin(), known->end(), python) != known->end()) return;
  wrong.Invalid("runtime_version", WrongPairText(runtime, python, *known));  // as the original did
}

void CheckScheduling(const ml::v1::Scheduling& scheduling, Violations& wrong) {
  const std::string path = "job.training_input.scheduling.";
  const Duration& running = scheduling.max_running_time();
  if (running.seconds() < 0 || running.nanos() < 0)
    wrong.Invalid(path + "max_running_time", "The time must be positive.");
  const Duration& wait = scheduling.max_wait_time();
  if (wait.ByteSizeLong() != 0 && wait.seconds() < kLeastWaitSeconds)
    wrong.Invalid(path + "max_wait_time", "The time must be at least 1800s.");
  if (scheduling.priority() < 0 || scheduling.priority() > kPriorityLimit)
    wrong.Invalid(path + "priority", "The priority must be 0 to 1000.");
}

void CheckJobLabels(const google::protobuf::Map<std::string, std::string>& labels,
                    Violations& wrong) {
  CheckLabels(labels, "job.labels", wrong);
  const auto budget = labels.find(kBudgetLabel);
  if (budget == labels.end()) return;
  if (const Status status = CheckBudgetLabel(budget->second); !status.ok()) {
    wrong.Invalid("job.labels", "The label " + std::string(kBudgetLabel) +
                                    " is the job's budget: " + status.message() + ".");
  }
}

void CheckTrainingInput(const TrainingInput& input, const PythonVersionsOf& python_versions_of,
                        const RegionTable& regions, Violations& wrong) {
  CheckProgram(input, wrong);
  CheckRegion("job.training_input.region", input.region(), regions, wrong);
  CheckRuntime(input, python_versions_of, wrong);
  CheckCluster(input, wrong);
  CheckScheduling(input.scheduling(), wrong);
  RefuseUnbuilt(input, "job.training_input", wrong);
}

}  // namespace

Status ValidateNewJob(const Job& job, const PythonVersionsOf& python_versions_of,
                      const RegionTable& regions) {
  Violations wrong;
  if (job.job_id().empty()) {
    wrong.Invalid("job.job_id", "The job id is required.");
  } else if (!IsJobId(job.job_id())) {
    wrong.Invalid("job.job_id", "\"" + job.job_id().substr(0, 200) +
                                    "\" is not a job id: letters, digits and underscores, the "
                                    "first a letter, at most 128 characters.");
  }
  CheckJobLabels(job.labels(), wrong);
  const bool prediction = job.prediction_input().ByteSizeLong() != 0;
  const bool training = job.has_training_input();
  if (prediction && training) {
    wrong.Invalid("job", "Only one of training_input and prediction_input may be given.");
  } else if (prediction) {
    CheckRegion("job.prediction_input.region", job.prediction_input().region(), regions, wrong);
    CheckPredictionInput(job.prediction_input(), python_versions_of, wrong);
  } else if (!training) {
    wrong.Invalid("job.training_input", "The training input is required.");
  }
  if (training) CheckTrainingInput(job.training_input(), python_versions_of, regions, wrong);
  return wrong.ToStatus();
}

Status ValidateLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  Violations wrong;
  CheckJobLabels(labels, wrong);
  return wrong.ToStatus();
}

void ClearOutputFields(Job& job) {
  job.clear_create_time();
  job.clear_start_time();
  job.clear_end_time();
  job.clear_error_message();
  job.clear_etag();
  job.clear_job_position();
  job.clear_state();
  job.clear_training_output();
  job.clear_prediction_output();
}

bool IsProjectId(const std::string& project) {
  if (project.empty() || project.size() > 63) return false;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c); };
  return plain(project[0]) && std::all_of(project.begin(), project.end(), [&plain](char c) {
           return plain(c) || c == '-' || c == '.' || c == ':' || c == '_';
         });
}

bool IsJobId(const std::string& job_id) {
  if (job_id.empty() || job_id.size() > 128 || !IsUpperOrLower(job_id[0])) return false;
  return std::all_of(job_id.begin(), job_id.end(),
                     [](char c) { return IsUpperOrLower(c) || IsDigit(c) || c == '_'; });
}

}  // namespace mlengine::policy
