// mlengine-server: a parts list. The rooms have the behaviour.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/log.h"
#include "data_folder.h"
#include "detach.h"
#include "engine_api/explanation_handler.h"
#include "engine_api/job_handler.h"
#include "engine_api/log_handler.h"
#include "engine_api/runtime_handler.h"
#include "engine_api/server_handler.h"
#include "executor/local/local_executor.h"
#include "host.h"
#include "job_ports.h"
#include "listening.h"
#include "logging_api/entries_handler.h"
#include "logs/file_log_store.h"
#include "ml_api/routes.h"
#include "objects/file_object_store.h"
#include "options.h"
#include "own_runtimes.h"
#include "prices.h"
#include "scheduler/reconciler.h"
#include "storage_api/routes.h"
#include "store/sqlite_job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::server {
namespace {

Status Run(const Options& options, sigset_t* stop_signals, Starter& starter) {
  Clock& clock = SystemClock();
  FileSystem& files = RealFileSystem();
  MLENGINE_ASSIGN_OR_RETURN(const policy::PriceList prices, LoadPrices(options));
  MLENGINE_ASSIGN_OR_RETURN(DataFolder data, DataFolder::Open(options.data_dir));
  MLENGINE_ASSIGN_OR_RETURN(std::string boot_id, files.Read("/proc/sys/kernel/random/boot_id"));
  while (!boot_id.empty() && boot_id.back() == '\n') boot_id.pop_back();

  telemetry::Metrics metrics;
  MLENGINE_ASSIGN_OR_RETURN(const auto store, store::OpenSqliteJobStore(data.Sub("state.db")));
  MLENGINE_ASSIGN_OR_RETURN(const auto objects,
                            objects::OpenFileObjectStore(data.Sub("buckets"), clock));
  MLENGINE_ASSIGN_OR_RETURN(const auto logs, logs::FileLogStore::Open({data.path()}, files, clock));
  MLENGINE_ASSIGN_OR_RETURN(const auto runtimes, OpenRuntimes(options, data));
  const engine_api::RuntimeDeps runtime_deps{runtimes.get(), store.get(), options.default_runtime};
  const std::string own_folder =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  MLENGINE_ASSIGN_OR_RETURN(const auto executor,
                            executor::NewLocalExecutor({JoinPath(own_folder, "mlengine-runner"),
                                                        data.Sub("jobs"), options.slots}));

  const std::function<Status()> accept_work = DiskGuard(data.path(), options.low_water_bytes);
  const auto make_router = [&] {
    net::Router router;
    ml_api::RegisterMl(
        router,
        {.store = store.get(),
         .clock = &clock,
         .runtimes = &runtimes->catalog(),
         .accept_work = accept_work,
         .check_package = [&](const std::string& uri) { return CheckPackage(*objects, uri); },
         .prices = &prices});
    router.Handle("POST", "/v2/entries:list", logging_api::EntriesListHandler(*logs));
    engine_api::RegisterJobs(router, {store.get(), logs.get(), &prices, &clock});
    engine_api::RegisterExplanations(
        router, *store, options.slots > 0 ? options.slots : executor->GetCapabilities().slots);
    const engine_api::LogDeps log_deps{
        logs.get(), [&store](const std::string& project, const std::string& job) {
          return store->Get({project, job}).ok();
        }};
    router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/log",
                  engine_api::LogHandler(log_deps));
    router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/log:raw",
                  engine_api::RawLogHandler(log_deps));
    engine_api::RegisterRuntimes(router, runtime_deps);
    engine_api::RegisterServer(router, metrics, *store);
    storage_api::RegisterStorage(router, {objects.get(), &clock, accept_work, data.Sub("uploads")});
    return router;
  };
  MLENGINE_ASSIGN_OR_RETURN(const auto server,
                            ListenSomewhere(options, data, MeasuredBy(metrics), make_router));
  const std::string url = UrlOf(*server);

  scheduler::Reconciler reconciler(
      *store, *logs, *executor, clock,
      {.boot_id = boot_id, .jobs_dir = data.Sub("jobs"), .slots = options.slots},
      MakeJobPorts(
          {runtimes.get(), objects.get(), options, url, data.Sub("cache"), OwnEnvironment()}));
  reconciler.Start();
  server->Start();
  MLENGINE_RETURN_IF_ERROR(data.Announce(url));
  Log(LogLevel::kInfo, "listening",
      {{"url", url}, {"data_folder", data.path()}, {"version", MLENGINE_VERSION}});
  starter.Ready(url);
  engine_api::RemoveSuperseded(runtime_deps);

  int signal = 0;
  ::sigwait(stop_signals, &signal);
  Log(LogLevel::kInfo, "stopping; running jobs go on", {{"signal", std::to_string(signal)}});
  data.Withdraw();
  server->Stop(std::chrono::seconds(5));
  reconciler.Stop();
  return OkStatus();
}

}  // namespace
}  // namespace mlengine::server

int main(int argc, char** argv) {
  using namespace mlengine;
  const Result<server::Options> options = server::ParseOptions(argc, argv);
  if (!options.ok() && options.status().code() == StatusCode::kCancelled) return 0;
  server::Starter starter;
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
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&stop_signals, signal);
    // Before any thread: all of them inherit it, and only sigwait takes a signal.
    ::pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    server::RaiseDescriptorLimit();
    status = server::Run(*options, &stop_signals, starter);
  }
  if (status.ok()) return 0;
  starter.Failed(status.message());
  std::fprintf(stderr, "mlengine-server: %s\n", status.message().c_str());
  return status.code() == StatusCode::kInvalidArgument ? 2 : 1;
}
