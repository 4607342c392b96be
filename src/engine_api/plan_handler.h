// POST /mlengine/v1/projects/{p}/jobs:plan?unstaged=N: what would become of a job, without making
// it. The body is a Job as jobs.create takes it; the first N of its packages need not be there yet.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/router.h"
#include "policy/cluster.h"
#include "policy/price_book.h"
#include "policy/regions.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct PlannedRuntime {
  std::string name;         // "2.19"
  std::string interpreter;  // absolute, or a name on PATH
  std::string python_version;
  std::vector<std::string> warnings;
};

struct PlanDeps {
  const policy::PriceBook* prices = nullptr;  // outlives the router
  // The very check that jobs.create makes, quotas included: its errors are the plan's errors.
  std::function<Status(const std::string& project, const ml::v1::Job& job, int unstaged)> check;
  std::function<Result<PlannedRuntime>(const ml::v1::TrainingInput& input)> choose_runtime;
  int slots = 1;                     // of the pool
  policy::RegionTable regions = {};  // whose price lists tell
  // Of batch predictions: what one needs, and what would run it. Unset: there are none here.
  std::function<Result<engine::v1::BatchPrediction>(const std::string& project,
                                                    const ml::v1::PredictionInput& input)>
      resolve_prediction = {};
  std::function<Result<PlannedRuntime>(const store::JobRecord& record)> prediction_runtime = {};
};

// The plan of `job_json`, as the door answers with it; its errors are the door's.
Result<std::string> PlanOf(const PlanDeps& deps, const std::string& project,
                           std::string_view job_json, int unstaged);

void RegisterPlans(net::Router& router, PlanDeps deps);

// {"role":"master","count":1,"machineType":"standard","vcpus":4,"memoryGb":15}; of a machine with
// accelerators also "accelerators":{"type":…,"count":…}.
boost::json::object ReplicasJson(const policy::ReplicaGroup& group);

// {"scaleTier":"BASIC","region":…,"replicaCount":1,"replicas":[{"role":"master","count":1,
// "machineType":"standard","vcpus":4,"memoryGb":15}],"price":…,"runtime":{"name":…,"interpreter":…,
// "pythonVersion":…,"warnings":[…]},"pool":{"slots":2,"fits":true}}; price as PriceJson
// (job_price.h); a replica's accelerators as {"type":…,"count":…}; a runtime that cannot be had is
// {"unknown": a sentence}. Of a batch prediction also "input":{"files":"2","bytes":"…"}.
// `record` is of a job that has not begun, with the price list of its region ("" is the book's
// default) and, of a batch prediction, with its shape.
std::string PlanJson(const store::JobRecord& record, const policy::PriceBook& prices,
                     const Result<PlannedRuntime>& runtime, int slots);

}  // namespace mlengine::engine_api
