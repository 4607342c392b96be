// PredictionJobs: what the house knows of batch predictions: what a new one needs, how a replica of
// one is launched, and how far one is. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "batch/output_names.h"
#include "engine_api/plan_handler.h"
#include "executor/executor.h"
#include "insight/job_progress.h"
#include "mlengine/engine/v1/job_record.pb.h"
#include "objects/object_store.h"
#include "options.h"
#include "runtimes/runtime_store.h"
#include "scheduler/reconciler.h"
#include "store/job_store.h"
#include "store/model_store.h"

namespace mlengine::server {

struct PredictionParts {
  store::ModelStore& models;  // all outlive the object
  objects::ObjectStore& objects;
  runtimes::RuntimeStore& runtimes;
  std::string models_dir;  // absolute: DATA/models
  std::string endpoint;    // of this server; only for a launch
  int slots = 1;           // of the pool; only for a new job
};

class PredictionJobs final {
 public:
  explicit PredictionJobs(const PredictionParts& parts) : parts_(parts) {}

  // FAILED_PRECONDITION with one violation for each thing that is not there.
  Result<engine::v1::BatchPrediction> Resolve(const std::string& project,
                                              const ml::v1::PredictionInput& input);
  // What was predicted by now: of the parts, or of the results once they are joined.
  ml::v1::PredictionOutput Counts(const store::JobRecord& record);
  insight::JobProgress Progress(const store::JobRecord& record, Time now);
  // Stores both with the end of the job.
  void End(store::JobRecord& record);

  // The runtime version whose TensorFlow serves the model.
  scheduler::RuntimeChoice ChooseRuntime(const store::JobRecord& record);
  // For a plan: the same with its interpreter.
  Result<engine_api::PlannedRuntime> PlanRuntime(const store::JobRecord& record);
  // Its environment, and the program with all its words.
  Status FillSpec(const store::JobRecord& record, const engine::v1::ReplicaRecord& replica,
                  executor::LaunchSpec& spec);

 private:
  struct Counted {
    std::uint64_t predictions = 0;
    std::uint64_t errors = 0;
    std::uint64_t bytes = 0;
    Time at;
  };
  Counted CountNow(const store::JobRecord& record);
  Counted Count(const store::JobRecord& record);

  const PredictionParts parts_;
  std::mutex mutex_;
  std::map<store::JobKey, Counted> counted_;
};

}  // namespace mlengine::server
