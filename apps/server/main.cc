// mlengine-server: a parts list. The rooms have the behaviour.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "base/boot_id.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/log.h"
#include "data_folder.h"
#include "detach.h"
#include "disk_keeping.h"
#include "doors.h"
#include "engine_api/runtime_users.h"
#include "host.h"
#include "job_ports.h"
#include "job_watch.h"
#include "listening.h"
#include "local_pool.h"
#include "logs/file_log_store.h"
#include "objects/file_object_store.h"
#include "options.h"
#include "own_jobs.h"
#include "own_models.h"
#include "own_runtimes.h"
#include "prices.h"
#include "quotas/allowance.h"
#include "scheduler/reconciler.h"
#include "successor.h"
#include "telemetry/process_metrics.h"
#include "upkeep/room_making_files.h"
#include "upkeep_commands.h"

namespace mlengine::server {
namespace {

// Whether the server is to be started again.
Result<bool> Run(const Options& options, sigset_t* stop_signals, Starter& starter,
                 Successor& successor) {
  Clock& clock = SystemClock();
  FileSystem& files = RealFileSystem();
  MLENGINE_ASSIGN_OR_RETURN(const policy::PriceBook prices, LoadPrices(options));
  MLENGINE_ASSIGN_OR_RETURN(DataFolder data, DataFolder::Open(options.data_dir));
  upkeep::DiskWatch disk(DiskOptions(options));
  // The start itself writes a little; on a full disk it takes that from the reserve.
  disk.MakeRoomFor(kRoomToStart);
  MLENGINE_RETURN_IF_ERROR(data.Sign());
  const auto make_room = [&disk] { return disk.MakeRoom(); };
  const auto files_of_logs = upkeep::NewRoomMakingFiles(files, make_room);
  MLENGINE_ASSIGN_OR_RETURN(const std::string boot_id, BootId());
  telemetry::Metrics metrics;
  telemetry::ShowProcess(metrics, MLENGINE_VERSION);
  MLENGINE_ASSIGN_OR_RETURN(const auto store, OpenOwnJobs(data, make_room, metrics));
  MLENGINE_ASSIGN_OR_RETURN(const auto objects,
                            objects::OpenFileObjectStore(data.Sub("buckets"), clock));
  MLENGINE_ASSIGN_OR_RETURN(const auto logs,
                            logs::FileLogStore::Open({data.path()}, *files_of_logs, clock));
  ShowTakenIn(metrics, *logs);
  MLENGINE_ASSIGN_OR_RETURN(const auto runtimes, OpenRuntimes(options, data));
  MLENGINE_ASSIGN_OR_RETURN(const auto quota_file,
                            quotas::QuotaFile::Open(data.Sub("quotas.json"), files));
  MLENGINE_ASSIGN_OR_RETURN(
      const auto models, OwnModels::Open({options, data, *objects, disk, clock, *runtimes, metrics,
                                          *quota_file, *logs}));
  MLENGINE_ASSIGN_OR_RETURN(const auto executor, OpenLocalPool(options, data));
  const executor::Capabilities pool = executor->GetCapabilities();
  quotas::Allowance allowance(*quota_file, *store, prices,
                              static_cast<std::int64_t>(pool.gpus.size()));

  JobWatch watch({options, data, clock, *store, *objects, *logs, disk, prices});
  const auto make_router = [&] {
    return MakeDoors({options, data, clock, prices, metrics, *store, *models, *objects, *logs,
                      *runtimes, allowance, pool, *executor, disk, successor, watch});
  };
  MLENGINE_ASSIGN_OR_RETURN(
      const auto server,
      ListenSomewhere(options, data, MeasuredBy(metrics, options.limits.net), make_router));
  const std::string url = UrlOf(*server);
  scheduler::ReconcilerPorts ports =
      MakeJobPorts({runtimes.get(), objects.get(), &allowance, options, url, data.Sub("cache"),
                    !pool.gpus.empty(), &metrics, &models->store(), data.Sub("models")});
  ports.may_start = [&disk] { return disk.AcceptWork().ok(); };
  watch.Join(ports);
  ports.restart_server = [&successor] { successor.Ask(); };
  scheduler::Reconciler reconciler(*store, *logs, *executor, clock,
                                   {boot_id, RandomHex(16), data.Sub("jobs"), options.slots},
                                   std::move(ports));
  upkeep::LogKeeper keeper(KeeperOptions(options, *quota_file, disk, metrics), *store, *logs,
                           clock);
  disk.Start();
  keeper.Start();
  watch.Start();
  reconciler.Start();
  server->Start();
  MLENGINE_RETURN_IF_ERROR(data.Announce(url));
  Log(LogLevel::kInfo, "listening",
      {{"url", url},
       {"data_folder", data.path()},
       {"pool", pool.description},
       {"version", MLENGINE_VERSION}});
  starter.Ready(url);
  engine_api::RemoveSuperseded({runtimes.get(), store.get(), options.default_runtime});

  int signal = 0;
  ::sigwait(stop_signals, &signal);
  Log(LogLevel::kInfo, "stopping; running jobs go on", {{"signal", std::to_string(signal)}});
  data.Withdraw();
  server->Stop(std::chrono::seconds(5));
  reconciler.Stop();
  return signal == Successor::kSignal;
}

}  // namespace
}  // namespace mlengine::server

int main(int argc, char** argv) {
  using namespace mlengine;
  if (const auto code = server::RunUpkeepCommand(argc, argv)) return *code;
  const Result<server::Options> options = server::ParseOptions(argc, argv);
  if (!options.ok() && options.status().code() == StatusCode::kCancelled) return 0;
  server::Starter starter;
  server::Successor successor(argc, argv);
  Status status = options.status();
  if (status.ok() && options->stop) {
    status = server::DataFolder::StopHolder(options->data_dir);
    if (status.ok()) return std::puts("the server has ended") < 0 ? 1 : 0;
  } else if (status.ok() && options->detach) {
    Result<server::Starter> detached =
        server::Detach(JoinPath(options->data_dir, "run/server.log"));
    status = detached.status();
    if (status.ok()) starter = *std::move(detached);
  }
  if (status.ok()) {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t stop_signals;
    ::sigemptyset(&stop_signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, server::Successor::kSignal})
      ::sigaddset(&stop_signals, signal);
    // Before any thread: all of them inherit it, and only sigwait takes a signal.
    ::pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    server::RaiseDescriptorLimit();
    const Result<bool> again = server::Run(*options, &stop_signals, starter, successor);
    status = again.ok() && *again ? successor.Become() : again.status();
  }
  if (status.ok()) return 0;
  return starter.Failed(status);
}
