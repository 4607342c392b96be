#include "doors.h"

#include <functional>
#include <memory>

#include "engine_api/drill_handler.h"
#include "engine_api/estimate_handler.h"
#include "engine_api/explanation_handler.h"
#include "engine_api/job_handler.h"
#include "engine_api/job_table_handler.h"
#include "engine_api/job_trace.h"
#include "engine_api/log_handler.h"
#include "engine_api/log_window.h"
#include "engine_api/metrics_handler.h"
#include "engine_api/old_links.h"
#include "engine_api/plan_handler.h"
#include "engine_api/progress_handler.h"
#include "engine_api/quota_handler.h"
#include "engine_api/runtime_handler.h"
#include "engine_api/server_handler.h"
#include "engine_api/serving_handler.h"
#include "engine_api/signature_handler.h"
#include "job_ports.h"
#include "logged_jobs.h"
#include "logging_api/routes.h"
#include "machine_doors.h"
#include "ml_api/routes.h"
#include "own_console.h"
#include "prediction_jobs.h"
#include "storage_api/routes.h"

namespace mlengine::server {
namespace {

// gcloud looks at an operation again after five seconds; a small model is ready before this.
constexpr std::chrono::milliseconds kAnswerWithin{700};

}  // namespace

net::Router MakeDoors(const DoorParts& parts) {
  net::Router router;
  const int gpus = static_cast<int>(parts.pool.gpus.size());
  const policy::RegionTable regions(parts.options.regions);
  upkeep::DiskWatch& disk = parts.disk;
  objects::ObjectStore& objects = parts.objects;
  const auto predictions = std::make_shared<PredictionJobs>(
      PredictionParts{parts.models.store(), objects, parts.runtimes, parts.data.Sub("models"), "",
                      parts.pool.slots});
  const ml_api::MlDeps ml{
      .store = &parts.store,
      .models = &parts.models.store(),
      .clock = &parts.clock,
      .runtimes = &parts.runtimes.catalog(),
      .accept_work = [&disk] { return disk.AcceptWork(); },
      .check_package = [&objects](const std::string& uri) { return CheckPackage(objects, uri); },
      .prices = &parts.prices,
      .check_quota = std::bind_front(&quotas::Allowance::CheckNewJob, &parts.allowance),
      .plan_quota = std::bind_front(&quotas::Allowance::CheckJob, &parts.allowance),
      .regions = regions,
      .has_gpus = gpus > 0,
      .check_deployment = std::bind_front(&OwnModels::CheckDeployment, &parts.models),
      .last_use = std::bind_front(&OwnModels::LastUse, &parts.models),
      .answer_within = kAnswerWithin,
      .default_runtime = parts.options.default_runtime,
      .predict = std::bind_front(&OwnModels::Predict, &parts.models),
      .resolve_prediction = std::bind_front(&PredictionJobs::Resolve, predictions),
      .prediction_counts = std::bind_front(&PredictionJobs::Counts, predictions)};
  ml_api::RegisterMl(router, ml);
  logging_api::RegisterLogging(
      router, LoggingDepsOf(parts.store, parts.models.version_logs(), parts.logs, parts.clock));
  storage_api::RegisterStorage(
      router,
      {&objects, &parts.clock, [&disk](std::uint64_t coming) { return disk.AcceptWork(coming); },
       parts.data.Sub("uploads"), parts.options.limits.uploads});
  engine_api::RegisterJobs(router, {&parts.store, &parts.prices, &parts.clock, &parts.allowance,
                                    std::bind_front(&PredictionJobs::Counts, predictions)});
  engine_api::RegisterTraces(router, parts.store, parts.clock);
  engine_api::RegisterOldLinks(router);
  RegisterOwnConsole(router, parts.options);
  engine_api::RegisterServing(router, parts.models.ServingDepsOf());
  engine_api::RegisterSignatures(router, parts.models.ServingDepsOf());
  const engine_api::PlanDeps plans{&parts.prices,
                                   ml_api::CheckOfNewJobs(ml),
                                   RuntimePlanner(parts.runtimes, parts.options),
                                   parts.pool.slots,
                                   regions,
                                   std::bind_front(&PredictionJobs::Resolve, predictions),
                                   std::bind_front(&PredictionJobs::PlanRuntime, predictions)};
  engine_api::RegisterPlans(router, plans);
  engine_api::RegisterEstimates(router, {plans, &parts.store, &parts.logs});
  engine_api::RegisterExplanations(router, QueueDepsOf(parts), &parts.logs);
  engine_api::RegisterDrills(
      router,
      {&parts.store, &parts.logs, &parts.prices, &parts.clock, parts.options.stop_grace_seconds,
       [&successor = parts.successor] { return successor.Check(); }});
  engine_api::RegisterQuotas(router, parts.store, parts.allowance, parts.clock);
  engine_api::RegisterLogs(router, parts.store, parts.logs);
  engine_api::RegisterLogWindow(router, parts.store, parts.logs);
  engine_api::RegisterMetrics(router,
                              {&parts.store, parts.watch.metrics(), parts.data.Sub("jobs")});
  const metrics::ProgressKeeper* const keeper = &parts.watch.keeper();
  // A batch prediction is as far as its stored results are.
  const auto progress = [keeper, predictions,
                         &clock = parts.clock](const store::JobRecord& record) {
    const bool counts =
        record.has_batch_prediction() && !record.attempts().empty() && !record.job().has_end_time();
    return counts ? predictions->Progress(record, clock.Now()) : keeper->Of(record);
  };
  engine_api::RegisterProgress(router,
                               {&parts.store, &parts.prices, &parts.clock, progress,
                                std::bind_front(&metrics::ProgressKeeper::Running, keeper)});
  engine_api::RegisterJobTable(
      router, {&parts.watch.table(), &parts.store, &parts.prices, &parts.clock, progress});
  engine_api::RegisterRuntimes(router,
                               {&parts.runtimes, &parts.store, parts.options.default_runtime});
  engine_api::RegisterServer(
      router, parts.metrics, parts.store,
      [&disk, folder = parts.data.path()] { return DiskReportOf(disk, folder); });
  AddMachineDoors(router, parts);
  return router;
}

}  // namespace mlengine::server
