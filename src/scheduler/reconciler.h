// Reconciler: the loop that makes the stored jobs come true, and the only writer of their state.
// Each turn reads what changed, asks the planner whom to admit, observes the replicas, takes every
// job's next step, and carries out what the stored records then ask for (launch, stop). After a
// restart the first turn is the recovery: there is no other path.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "executor/executor.h"
#include "logs/log_store.h"
#include "policy/budget.h"
#include "scheduler/job_step.h"
#include "scheduler/planner.h"
#include "scheduler/spool_collector.h"
#include "scheduler/unfinished_jobs.h"
#include "store/job_store.h"
#include "telemetry/metrics.h"

namespace mlengine::scheduler {

// Which runtime runs a job, or why none can.
struct RuntimeChoice {
  std::string name;
  std::vector<std::string> warnings;
  std::string error;
};

struct ReconcilerOptions {
  std::string boot_id;
  // Tells this run of the server from those before and after it.
  std::string server_run;
  // Absolute folder of the replicas: PROJECT/JOB/attempt-N/ROLE-I below it.
  std::string jobs_dir;
  // Slots of the pool; 0 asks the executor.
  int slots = 0;
  // How long the end of a job waits for the last bytes of its log.
  Nanoseconds log_patience = std::chrono::seconds(60);
  // Longest time between two turns when nothing hints.
  std::chrono::milliseconds idle_turn{1000};
};

// What the reconciler needs of the rest of the house, as functions: pure but for reading.
struct ReconcilerPorts {
  std::function<RuntimeChoice(const store::JobRecord&)> choose_runtime;
  // Everything of the launch spec but replica_dir, restart and identity, which the reconciler
  // fills.
  std::function<Result<executor::LaunchSpec>(const store::JobRecord&,
                                             const engine::v1::ReplicaRecord&)>
      build_spec;
  std::function<std::string(const store::JobKey&)> job_url;
  std::function<std::string()> new_token;
  // That many TCP ports on which nothing listens, none of `taken`; fewer when there are no more.
  std::function<std::vector<int>(int count, const std::set<int>& taken)> free_ports;
  // What all jobs of that job's account (Demand) may hold now, in the order of Demand::amounts.
  // Unset: there are no limits.
  std::function<std::vector<std::int64_t>(const store::JobRecord&, Time now)> quotas = {};
  // The budgets that a job is held to, and what is spent of them. Unset: none.
  std::function<std::vector<policy::BudgetState>(const store::JobRecord&, Time now)> budgets = {};
  // Whether waiting jobs may start now: not while the disk is low, where their first write would
  // fail. Unset: always.
  std::function<bool()> may_start = {};
  // What the runtime of a job holds: version by distribution, as in insight::FailureEvidence. For a
  // job that failed. Unset: not known.
  std::function<std::map<std::string, std::string, std::less<>>(const store::JobRecord&)>
      distributions = {};
  // What is wrong with a job that runs. Quick. Unset: nobody looks.
  std::function<std::vector<insight::Hint>(const store::JobRecord&)> hints = {};
  // How far a job was that ends now; its log is complete. Unset: not known.
  std::function<std::optional<engine::v1::JobProgress>(const store::JobRecord&)> progress = {};
  // Tells in the record of a batch prediction that ends now what it has made: prediction_output,
  // and its progress. Unset: not known.
  std::function<void(store::JobRecord&)> end_prediction = {};
  // Has the server stop and start again, soon; may be asked more than once. Unset: it cannot.
  std::function<void()> restart_server = {};
  // Told of each turn of the loop: how long it took, what of the pool is held, who waits. Unset:
  // nobody is told.
  telemetry::Metrics* metrics = nullptr;
};

class Reconciler final {
 public:
  Reconciler(store::JobStore& store, logs::LogStore& logs, executor::Executor& executor,
             Clock& clock, ReconcilerOptions options, ReconcilerPorts ports);
  ~Reconciler();  // stops the loop; replicas go on

  // One turn. True when something was changed, so that another turn may have more to do. For the
  // loop, and for tests that turn it by hand.
  bool Turn();

  void Start();
  void Stop();

 private:
  void Loop();
  void TellMetrics(std::chrono::duration<double> turn) const;
  void Hint();
  void Forget(const store::JobKey& key);
  std::vector<Admission> Plan(
      const std::map<store::JobKey, std::vector<executor::ReplicaStatus>>& observed) const;
  std::map<store::JobKey, std::vector<executor::ReplicaStatus>> Observe();
  StepFacts FactsFor(const store::JobRecord& record, const Admission* admission,
                     std::vector<executor::ReplicaStatus> observed);
  bool TakeStep(const store::JobKey& key, const StepFacts& facts);
  void FindCause(const StepFacts& facts, JobStep& step);
  Status Store(const store::JobKey& key, const store::JobRecord& record);
  std::vector<int> PortsFor(const store::JobRecord& record) const;
  std::vector<std::string> GpusFor(const store::JobKey& key) const;
  std::vector<std::string> UnheldGpus() const;
  void ActOnDrill(const store::JobKey& key);
  bool Act(const store::JobKey& key, const std::vector<executor::ReplicaStatus>& observed);
  Status Launch(const store::JobKey& key, const store::JobRecord& record,
                const std::vector<const engine::v1::ReplicaRecord*>& replicas);

  store::JobStore& store_;
  logs::LogStore& logs_;
  executor::Executor& executor_;
  Clock& clock_;
  const ReconcilerOptions options_;
  const ReconcilerPorts ports_;
  int slots_ = 1;
  std::vector<std::string> gpus_;  // UUIDs of the pool's

  std::mutex mutex_;
  std::condition_variable wake_;
  bool hinted_ = false;  // guarded by mutex_, as the next
  bool stopping_ = false;

  // Used by the turning thread alone.
  UnfinishedJobs jobs_;
  std::map<store::JobKey, Status> launch_errors_;
  std::map<store::JobKey, Time> launch_tried_;  // and found no room
  SpoolCollector spools_;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace mlengine::scheduler
