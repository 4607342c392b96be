// What a batch prediction may ask for, and the replicas that it gets. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlengine/ml/v1/job.pb.h"
#include "policy/job_validation.h"
#include "policy/violations.h"

namespace mlengine::policy {

// One violation for each wrong field ("job.prediction_input.uri") but the region, which is checked
// as that of a training job is.
void CheckPredictionInput(const ml::v1::PredictionInput& input,
                          const PythonVersionsOf& python_versions_of, Violations& wrong);

// The input paths, those that share a string by commas apart.
std::vector<std::string> InputPathsOf(const ml::v1::PredictionInput& input);

struct ModelPath {
  std::string project;
  std::string model;
  std::string version;  // "" of a model
};
// "projects/P/models/M" and "projects/P/models/M/versions/V"; nothing for anything else.
std::optional<ModelPath> ParseModelPath(const std::string& name);

// What the fields that are 0 mean.
int BatchSizeOf(const ml::v1::PredictionInput& input);
int MostWorkersOf(const ml::v1::PredictionInput& input);

// The replicas of a prediction by so many workers, at least one, as a training job would ask for
// them: the first is the master.
ml::v1::TrainingInput PredictionShape(const std::string& region, const std::string& runtime_version,
                                      int workers);

}  // namespace mlengine::policy
