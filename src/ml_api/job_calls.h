// What the methods of jobs do, apart from HTTP's frame (method.h).
#pragma once

#include <functional>

#include "base/clock.h"
#include "mlengine/ml/v1/project_service.pb.h"
#include "net/http.h"
#include "policy/job_validation.h"
#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::ml_api {

struct JobDeps {
  store::JobStore* store = nullptr;  // outlives the router, as does the clock
  const Clock* clock = nullptr;
  policy::PythonVersionsOf python_versions_of;
  std::function<Status()> accept_work;                          // not OK: no new jobs now
  std::function<Status(const std::string& uri)> check_package;  // not OK: cannot be read; or unset
  // Prices new jobs and tells trainingOutput.consumedMLUnits; null: nothing does. Outlives the
  // router.
  const policy::PriceBook* prices = nullptr;
  // Not OK: the project may not have that job, or not now; counts as a create request. Or unset.
  std::function<Status(const std::string& project, const ml::v1::Job& job, Time now)> check_quota =
      {};
  // The same for a plan: no request is counted. Or unset.
  std::function<Status(const std::string& project, const ml::v1::Job& job, Time now)> plan_quota =
      {};
  policy::RegionTable regions = {};
  // What a valid batch prediction needs: which version answers it, by how many replicas. Not OK:
  // the model, the input or the output is not there. Unset: there are no batch predictions.
  std::function<Result<engine::v1::BatchPrediction>(const std::string& project,
                                                    const ml::v1::PredictionInput& input)>
      resolve_prediction = {};
  // How many instances of a batch prediction that has not ended were predicted, and how many
  // failed. Or unset.
  std::function<ml::v1::PredictionOutput(const store::JobRecord& record)> prediction_counts = {};
};

// The job as clients see it, with the etag of its version and the units it has used by now.
ml::v1::Job PublicJob(const JobDeps& deps, const store::StoredJob& stored);
// Eight bytes, another for each version.
std::string EtagOf(std::int64_t version);

// How CreateJob would end, without making anything: OK, or its error. The first `unstaged` packages
// need not be there.
Status TryCreateJob(const JobDeps& deps, const std::string& project, const ml::v1::Job& job,
                    int unstaged);
// Answers after the record is durable. A replay of the same call answers the stored job.
Status CreateJob(const JobDeps& deps, const net::Request& request, ml::v1::Job& answer);
Status GetJob(const JobDeps& deps, const net::Request& request, ml::v1::Job& answer);
Status ListJobs(const JobDeps& deps, const net::Request& request, ml::v1::ListJobsResponse& answer);
// Writes only the intent; the reconciler acts on it.
Status CancelJob(const JobDeps& deps, const net::Request& request,
                 ml::v1::CancelJobResponse& answer);
Status PatchJob(const JobDeps& deps, const net::Request& request, ml::v1::Job& answer);

}  // namespace mlengine::ml_api
