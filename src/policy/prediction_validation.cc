#include "policy/prediction_validation.h"

#include <algorithm>

#include "policy/machine_types.h"
#include "policy/model_validation.h"
#include "policy/runtime_catalog.h"
#include "policy/training_paths.h"

namespace mlengine::policy {
namespace {

using ml::v1::PredictionInput;

constexpr int kUsualWorkers = 10;
constexpr int kUsualBatch = 64;
constexpr std::int64_t kMostWorkers = 1000;
constexpr std::int64_t kLargestBatch = 10'000;
constexpr std::size_t kMostPaths = 1000;
constexpr std::size_t kLongestSignature = 1024;
// What every replica runs on; the original's nodes were no larger.

std::string At(const char* field) {
  return "job.prediction_input." + std::string(field);
}

std::string Quoted(const std::string& text) {
  return "\"" + text.substr(0, 200) + "\"";
}

void CheckModel(const PredictionInput& input, Violations& wrong) {
  const int given = (input.model_name().empty() ? 0 : 1) + (input.version_name().empty() ? 0 : 1) +
                    (input.uri().empty() ? 0 : 1);
  if (given != 1) {
    wrong.Invalid("job.prediction_input",
                  "Exactly one of model_name, version_name and uri must be "
                  "given, not " +
                      std::to_string(given) + ".");
  }
  if (!input.model_name().empty()) {
    const std::optional<ModelPath> path = ParseModelPath(input.model_name());
    if (!path || !path->version.empty()) {
      wrong.Invalid(At("model_name"),
                    Quoted(input.model_name()) + " is not of the form projects/P/models/M.");
    }
  }
  if (!input.version_name().empty()) {
    const std::optional<ModelPath> path = ParseModelPath(input.version_name());
    if (!path || path->version.empty()) {
      wrong.Invalid(At("version_name"), Quoted(input.version_name()) +
                                            " is not of the form projects/P/models/M/versions/V.");
    }
  }
  if (!input.uri().empty()) {
    if (std::string text = CheckJobDir(input.uri()); !text.empty())
      wrong.Invalid(At("uri"), std::move(text));
  }
}

void CheckFormats(const PredictionInput& input, Violations& wrong) {
  switch (input.data_format()) {
    case PredictionInput::JSON:
    case PredictionInput::TEXT:
    case PredictionInput::TF_RECORD:
    case PredictionInput::TF_RECORD_GZIP:
      break;
    case PredictionInput::CSV:
      wrong.Invalid(At("data_format"),
                    "CSV is a format of outputs alone. Inputs are JSON, TF_RECORD or "
                    "TF_RECORD_GZIP.");
      break;
    default:
      wrong.Invalid(At("data_format"),
                    "The format of the input is required: JSON, TF_RECORD or TF_RECORD_GZIP.");
  }
  switch (input.output_data_format()) {
    case PredictionInput::DATA_FORMAT_UNSPECIFIED:
    case PredictionInput::JSON:
    case PredictionInput::CSV:
      break;
    default:
      wrong.Invalid(At("output_data_format"), "Outputs are JSON or CSV.");
  }
}

std::string CheckInputPath(const std::string& path) {
  if (std::string text = CheckJobDir(path); !text.empty()) return text;
  const std::size_t star = path.find('*');
  if (star != std::string::npos && star + 1 != path.size())
    return Quoted(path) + " has a '*' before its end; one at the end is possible.";
  if (path.find('/', 5) == std::string::npos)
    return Quoted(path) + " names no object. For all of the bucket write gs://BUCKET/*.";
  return "";
}

void CheckPaths(const PredictionInput& input, Violations& wrong) {
  const std::vector<std::string> paths = InputPathsOf(input);
  if (paths.empty()) wrong.Invalid(At("input_paths"), "Paths of the input are required.");
  if (paths.size() > kMostPaths) {
    wrong.Invalid(At("input_paths"), "At most " + std::to_string(kMostPaths) +
                                         " paths may be given, not " +
                                         std::to_string(paths.size()) + ".");
  }
  for (std::size_t i = 0; i < std::min(paths.size(), kMostPaths); ++i) {
    if (std::string text = CheckInputPath(paths[i]); !text.empty())
      wrong.Invalid(At("input_paths") + "[" + std::to_string(i) + "]", std::move(text));
  }
  if (input.output_path().empty()) {
    wrong.Invalid(At("output_path"), "A gs:// folder for the results is required.");
  } else if (std::string text = CheckJobDir(input.output_path()); !text.empty()) {
    wrong.Invalid(At("output_path"), std::move(text));
  }
}

void CheckNumbers(const PredictionInput& input, Violations& wrong) {
  if (input.batch_size() < 0 || input.batch_size() > kLargestBatch) {
    wrong.Invalid(At("batch_size"),
                  "The batch size must be 1 to " + std::to_string(kLargestBatch) + ".");
  }
  if (input.max_worker_count() < 0 || input.max_worker_count() > kMostWorkers) {
    wrong.Invalid(At("max_worker_count"),
                  "The number of workers must be 1 to " + std::to_string(kMostWorkers) + ".");
  }
}

}  // namespace

void CheckPredictionInput(const PredictionInput& input, const PythonVersionsOf& python_versions_of,
                          Violations& wrong) {
  CheckModel(input, wrong);
  CheckFormats(input, wrong);
  CheckPaths(input, wrong);
  CheckNumbers(input, wrong);
  if (input.signature_name().size() > kLongestSignature)
    wrong.Invalid(At("signature_name"), "The name must have at most 1024 bytes.");
  const std::string& runtime = input.runtime_version();
  if (!runtime.empty() && !python_versions_of(runtime))
    wrong.Invalid("runtime_version", WrongPairText(runtime.substr(0, 100), "", {}));
}

std::vector<std::string> InputPathsOf(const PredictionInput& input) {
  std::vector<std::string> paths;
  for (const std::string& text : input.input_paths()) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      // Blanks around a comma are no part of a name; those inside are.
      std::size_t first = text.find_first_not_of(' ', at);
      if (first < end) {
        const std::size_t last = text.find_last_not_of(' ', end - 1);
        paths.push_back(text.substr(first, last + 1 - first));
      }
      at = end + 1;
    }
  }
  return paths;
}

std::optional<ModelPath> ParseModelPath(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= name.size() && parts.size() < 8;) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  const bool has_version = parts.size() == 6;
  if ((parts.size() != 4 && !has_version) || parts[0] != "projects" || parts[2] != "models")
    return std::nullopt;
  if (!IsProjectId(parts[1]) || !IsModelName(parts[3])) return std::nullopt;
  if (has_version && (parts[4] != "versions" || !IsModelName(parts[5]))) return std::nullopt;
  return ModelPath{parts[1], parts[3], has_version ? parts[5] : ""};
}

int BatchSizeOf(const PredictionInput& input) {
  return input.batch_size() == 0 ? kUsualBatch : static_cast<int>(input.batch_size());
}

int MostWorkersOf(const PredictionInput& input) {
  return input.max_worker_count() == 0 ? kUsualWorkers : static_cast<int>(input.max_worker_count());
}

ml::v1::TrainingInput PredictionShape(const std::string& region, const std::string& runtime_version,
                                      int workers) {
  ml::v1::TrainingInput shape;
  shape.set_region(region);
  shape.set_runtime_version(runtime_version);
  shape.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
  shape.set_master_type(kBatchPredictionNode);
  if (workers > 1) {
    shape.set_worker_type(kBatchPredictionNode);
    shape.set_worker_count(workers - 1);
  }
  return shape;
}

}  // namespace mlengine::policy
