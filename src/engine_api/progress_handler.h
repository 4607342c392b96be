// GET /mlengine/v1/projects/{p}/jobs/{j}/progress: how far a job is.
//   {"job":"j","state":"RUNNING","done":"450","total":"1000","unit":"step","percent":45,
//    "perSecond":12.5,"secondsLeft":44.0,"lastSeen":"2018-01-02T03:04:05.000000000Z",
//    "source":"log","projected":{"money":1.2,"currency":"USD","text":"1.20 USD"},
//    "unknown":"…","text":"450 of 1000 steps (45 %), …","short":"45%"}
// What is not known is left out; `unknown` is a sentence that says why, `stalledSince` the moment
// since which no step was told. `projected` is the price of the whole job, if it ends with its
// steps.
//
// GET /mlengine/v1/projects/{p}/progress: the same of all jobs that run: {"jobs":[…]}, by name.
//   ?job=J   repeatable, at most 200: of these instead, whatever their state; one that is not there
//            is left out
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "insight/job_progress.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// What the pointers point to and the functions use must outlive the router.
struct ProgressDeps {
  store::JobStore* store = nullptr;
  const policy::PriceBook* prices = nullptr;
  const Clock* clock = nullptr;
  std::function<insight::JobProgress(const store::JobRecord&)> progress;
  std::function<std::vector<store::JobKey>(const std::string& project)> running;
};

void RegisterProgress(net::Router& router, const ProgressDeps& deps);

boost::json::object ProgressJson(const store::JobRecord& record,
                                 const insight::JobProgress& progress,
                                 const policy::PriceBook& prices, Time now);

}  // namespace mlengine::engine_api
