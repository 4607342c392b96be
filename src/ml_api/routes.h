// The ML API's doors: projects.getConfig, jobs, locations, operations under /v1.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "net/router.h"
#include "policy/price_list.h"
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
  // Tells jobs' consumedMLUnits. Unset: nothing does.
  const policy::PriceList* prices = nullptr;
};

void RegisterMl(net::Router& router, MlDeps deps);

// How jobs.create would end for a job, without making it (TryCreateJob of job_calls.h).
using NewJobCheck =
    std::function<Status(const std::string& project, const ml::v1::Job& job, int unstaged)>;
NewJobCheck CheckOfNewJobs(MlDeps deps);

}  // namespace mlengine::ml_api
