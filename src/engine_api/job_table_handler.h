// GET /mlengine/v1/projects/{p}/jobs:table: a window of a project's many jobs.
//   filter=F      the API's filter (policy/list_filter.h)
//   search=W      words, each in the job id, module, tier, region, a label key=value or the first
//                 line of the error (its first 200 bytes), without case of A to Z
//   group=G       repeatable: running, waiting, succeeded, failed, stopped
//   orderBy=O     "FIELD" or "FIELD desc": jobId, createTime, startTime, endTime, elapsed, state,
//                 scaleTier, region, units, money
//   offset=N&limit=N
//   wait=S&revision=R   the answer comes as soon as the revision is another, else after S seconds;
//                 no thread is held
// {"revision":"5d2e91c0-17","total":2,"offset":0,"counts":{"running":1,…},"jobs":[{"jobId":"j",
// "state":"RUNNING","group":"running","type":"training","createTime":…,"startTime":…,
// "scaleTier":"BASIC","region":…,"module":"trainer.task","replicas":1,"labels":{…},"units":1.25,
// "money":0.61,"perHour":0.49,"currency":"USD","progress":{"percent":45,"secondsLeft":44,
// "short":"45%","text":"…"}}]}
// What is not known is left out. "loading":true: the server has just started and has not read all
// jobs in a minute.
//
// GET /mlengine/v1/projects: {"projects":[{"project":"default","jobs":12,"unfinished":1}]}; the
// project "default" is always there.
#pragma once

#include <functional>

#include "base/clock.h"
#include "engine_api/job_table.h"
#include "insight/job_progress.h"
#include "net/router.h"
#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// What the pointers point to and the function uses must outlive the router and its answers.
struct JobTableDeps {
  JobTable* table = nullptr;
  store::JobStore* store = nullptr;
  const policy::PriceBook* prices = nullptr;
  const Clock* clock = nullptr;
  std::function<insight::JobProgress(const store::JobRecord&)> progress;
};

void RegisterJobTable(net::Router& router, const JobTableDeps& deps);

}  // namespace mlengine::engine_api
