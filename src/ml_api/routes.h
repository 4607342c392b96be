// The ML API's doors: projects.getConfig, jobs, locations, operations under /v1.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "policy/regions.h"
#include "policy/runtime_catalog.h"
#include "store/job_store.h"

namespace mlengine::ml_api {

struct MlDeps {
  store::JobStore* store = nullptr;  // all outlive the router
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
};

void RegisterMl(net::Router& router, MlDeps deps);

// How jobs.create would end for a job, without making it (TryCreateJob of job_calls.h).
using NewJobCheck =
    std::function<Status(const std::string& project, const ml::v1::Job& job, int unstaged)>;
NewJobCheck CheckOfNewJobs(MlDeps deps);

}  // namespace mlengine::ml_api
