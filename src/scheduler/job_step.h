// What happens next to one job: a pure function of its record, what was observed of its replicas,
// and the time. The reconciler carries the step out; after any crash the same inputs give the same
// step again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "executor/executor.h"
#include "insight/health_hints.h"
#include "logs/log_store.h"
#include "policy/budget.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

using ServiceEntry = logs::ServiceEntry;

// What must be known beside the record to take a step.
struct StepFacts {
  Time now;
  // Observed state of the replicas of the last attempt, in any order; empty before the launch.
  std::vector<executor::ReplicaStatus> observed;
  // Set when the planner admits the job now.
  bool admitted = false;
  bool time_shared = false;
  int slots = 0;
  // Of the machine; attempts of another boot are lost.
  std::string boot_id;
  // Fresh random text for an attempt that starts in this step.
  std::string launch_token;
  // Which runtime runs the job, and the warnings to log about it (resolved once, when the job is
  // first seen).
  std::string runtime_name;
  std::vector<std::string> runtime_warnings;
  // Why no runtime can run the job; the job fails.
  std::string runtime_error;
  // Free ports for an attempt that starts in this step, one for each replica of a job that has
  // several. Fewer: none can start now.
  std::vector<int> ports;
  // UUIDs of the GPUs that such an attempt may take. Fewer than it needs: it cannot start now.
  std::vector<std::string> gpus;
  // Why the last attempt could not be launched; its replicas count as not started.
  Status launch_error;
  // The budgets that the job is held to; empty when it neither holds room nor is admitted.
  std::vector<policy::BudgetState> budgets;
  // What is wrong with it while it runs.
  std::vector<insight::Hint> hints;
  // For a fire drill of the job.
  std::string server_run;
  std::vector<engine::v1::StreamMark> marks;
  // Where to look, for error messages: "http://127.0.0.1:8650/ui/jobs/J?project=P".
  std::string job_url;
};

struct JobStep {
  store::JobRecord record;            // as it shall be stored
  std::vector<ServiceEntry> entries;  // to be logged before the record is stored, in order
  // The job ends with this step: its log is to be completed and closed before the record is stored.
  bool ends = false;
};

// Slots the job needs: one per replica.
int ReplicaCount(const store::JobRecord& record);
// How many ports an attempt of the job needs: none for a single replica.
int PortCount(const store::JobRecord& record);
// The attempt that runs or ran last; null before the first.
const engine::v1::AttemptRecord* LastAttempt(const store::JobRecord& record);

executor::ReplicaId IdOf(const store::JobKey& key, const engine::v1::AttemptRecord& attempt,
                         const engine::v1::ReplicaRecord& replica);

JobStep NextStep(const store::JobRecord& record, const StepFacts& facts);

// Whether `after` must be stored: anything but the progress of replicas on their way to RUNNING,
// which the next observation tells again.
bool IsWorthStoring(const store::JobRecord& before, const store::JobRecord& after);

// Number of further executions of one replica, within an attempt, that was killed from outside;
// those that a fire drill killed are not counted, as are attempts that one stopped.
inline constexpr int kReplicaRestarts = 5;

// Number of further gang starts after an infrastructure failure.
inline constexpr int kAttemptRetries = 3;

}  // namespace mlengine::scheduler
