// JobWatch: how far the running jobs are and what is wrong with them, for the doors and for the
// reconciler; and the table of all jobs, for the doors.
#pragma once

#include <memory>

#include "base/clock.h"
#include "data_folder.h"
#include "engine_api/job_table.h"
#include "logs/log_store.h"
#include "metrics/metric_store.h"
#include "metrics/progress_keeper.h"
#include "objects/object_store.h"
#include "options.h"
#include "policy/price_book.h"
#include "scheduler/reconciler.h"
#include "store/job_store.h"
#include "upkeep/disk_watch.h"

namespace mlengine::server {

struct JobWatchParts {
  const Options& options;
  const DataFolder& data;
  const Clock& clock;
  store::JobStore& store;
  objects::ObjectStore& objects;
  logs::LogStore& logs;
  upkeep::DiskWatch& disk;
  const policy::PriceBook& prices;
};

class JobWatch {
 public:
  // All parts outlive it.
  explicit JobWatch(const JobWatchParts& parts);

  // The reconciler then says what is wrong, and keeps how far a job was.
  void Join(scheduler::ReconcilerPorts& ports);
  // Begins to look; called once.
  void Start();
  metrics::ProgressKeeper& keeper() { return *keeper_; }
  engine_api::JobTable& table() { return *table_; }
  std::shared_ptr<metrics::MetricStore> metrics() const { return metrics_; }

 private:
  std::shared_ptr<metrics::MetricStore> metrics_;
  std::unique_ptr<metrics::ProgressKeeper> keeper_;
  std::unique_ptr<engine_api::JobTable> table_;
};

}  // namespace mlengine::server
