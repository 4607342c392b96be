// The ML API's doors: projects.getConfig, jobs, models, versions, operations, predictions,
// locations under /v1.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ml_api/prediction_handler.h"
#include "mlengine/ml/v1/model.pb.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "policy/regions.h"
#include "policy/runtime_catalog.h"
#include "store/job_store.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

struct MlDeps {
  store::JobStore* store = nullptr;  // all outlive the router
  store::ModelStore* models = nullptr;
  const Clock* clock = nullptr;
  const policy::RuntimeCatalog* runtimes = nullptr;
  // Not OK when new jobs are to be refused now (the disk is near full); the status is the answer.
  std::function<Status()> accept_work;
  // Not OK when the package at that gs:// address cannot be read. Unset: not asked.
  std::function<Status(const std::string& uri)> check_package = {};
  // Prices new jobs and tells all jobs' consumedMLUnits. Unset: nothing does.
  const policy::PriceBook* prices = nullptr;
  // Not OK when the project may not create that valid job now; each call is one create request.
  // Unset: not asked.
  std::function<Status(const std::string& project, const ml::v1::Job& job, Time now)> check_quota =
      {};
  // The same for a plan: no request is counted. Or unset.
  std::function<Status(const std::string& project, const ml::v1::Job& job, Time now)> plan_quota =
      {};
  policy::RegionTable regions = {};  // which take jobs
  bool has_gpus = false;             // the pool, so that jobs may ask for any type of GPU
  // Not OK when the files of that valid version cannot be taken; the status is the answer. Unset:
  // not asked.
  std::function<Status(const std::string& project, const ml::v1::Version& version)>
      check_deployment = {};
  // When a version was last asked to predict. Unset: nobody knows.
  std::function<std::optional<Time>(const store::StoredResource& version)> last_use = {};
  // How long an answer may wait for its operation to be done.
  std::chrono::milliseconds answer_within{0};
  std::string default_runtime = {};  // of the server's options; "": the catalog's
  PredictFunction predict = {};      // unset: predictions are refused
  // As in JobDeps (job_calls.h).
  std::function<Result<engine::v1::BatchPrediction>(const std::string& project,
                                                    const ml::v1::PredictionInput& input)>
      resolve_prediction = {};
  std::function<ml::v1::PredictionOutput(const store::JobRecord& record)> prediction_counts = {};
};

void RegisterMl(net::Router& router, MlDeps deps);

// How jobs.create would end for a job, without making it (TryCreateJob of job_calls.h).
using NewJobCheck =
    std::function<Status(const std::string& project, const ml::v1::Job& job, int unstaged)>;
NewJobCheck CheckOfNewJobs(MlDeps deps);

}  // namespace mlengine::ml_api
