// All doors of the server on one router: what stands behind each is named here and nowhere else.
#pragma once

#include "base/clock.h"
#include "data_folder.h"
#include "executor/executor.h"
#include "job_watch.h"
#include "logs/log_store.h"
#include "net/router.h"
#include "objects/object_store.h"
#include "options.h"
#include "own_models.h"
#include "policy/price_book.h"
#include "quotas/allowance.h"
#include "runtimes/runtime_store.h"
#include "store/job_store.h"
#include "successor.h"
#include "telemetry/metrics.h"
#include "upkeep/disk_watch.h"

namespace mlengine::server {

// All outlive the router.
struct DoorParts {
  const Options& options;
  const DataFolder& data;
  const Clock& clock;
  const policy::PriceBook& prices;
  telemetry::Metrics& metrics;
  store::JobStore& store;
  OwnModels& models;
  objects::ObjectStore& objects;
  logs::LogStore& logs;
  runtimes::RuntimeStore& runtimes;
  quotas::Allowance& allowance;
  const executor::Capabilities& pool;
  executor::Executor& executor;  // outlives the router
  upkeep::DiskWatch& disk;
  const Successor& successor;
  JobWatch& watch;
};

net::Router MakeDoors(const DoorParts& parts);

}  // namespace mlengine::server
