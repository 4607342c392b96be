// Executor: starts replicas on one kind of infrastructure and observes them. Six verbs; after a
// restart of the server Observe is the recovery. It never reads the job store. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "mlengine/runner/v1/status_record.pb.h"

namespace mlengine::executor {

using LaunchSpec = runner::v1::LaunchSpec;
using StatusRecord = runner::v1::StatusRecord;

// One execution of one replica of one attempt of one job.
struct ReplicaId {
  std::string project;
  std::string job_id;
  int attempt = 1;
  std::string role;
  int index = 0;
  int restart = 0;
  friend bool operator==(const ReplicaId&, const ReplicaId&) = default;
  friend auto operator<=>(const ReplicaId&, const ReplicaId&) = default;
};

ReplicaId IdOf(const LaunchSpec& spec);

struct ReplicaStatus {
  enum class Liveness {
    kUnknown,  // never launched here, or forgotten
    kAlive,    // its runner holds it
    kGone,     // its runner is gone; `record` is final, and without an exit or error the runner was
               // lost
    kUnreachable,  // cannot be told now; never a reason to act
  };
  ReplicaId id;
  Liveness liveness = Liveness::kUnknown;
  std::optional<StatusRecord> record;  // the last that the runner wrote
};

struct GpuDevice {
  int index = 0;     // as the driver numbers them
  std::string uuid;  // "GPU-6f2c…": what CUDA_VISIBLE_DEVICES names
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::int64_t memory_bytes = 0;
};

// A GPU of the pool that cannot be leased now, though no job has it.
struct HeldGpu {
  std::string uuid;
  std::string why;  // one sentence
};

struct Capabilities {
  int slots = 0;                  // replicas that may run at once
  std::int64_t memory_bytes = 0;  // of the machine
  std::vector<GpuDevice> gpus;    // each serves one replica at a time
  std::string description;        // "2 CPUs, 23.5 GiB"
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Starts all replicas of a gang or none (what was started of a failed gang is stopped).
  // Idempotent: a replica whose spec is written or whose runner lives is not started twice.
  virtual Status Launch(const std::vector<LaunchSpec>& gang) = 0;
  virtual Result<std::vector<ReplicaStatus>> Observe(const std::vector<ReplicaId>& replicas) = 0;
  // Asks the replica to end: SIGTERM, the spec's grace, SIGKILL; before its lease was taken: it
  // never starts. Returns at once; Observe tells when it is gone. Idempotent.
  virtual Status Stop(const ReplicaId& replica) = 0;
  // Has the program of a running replica killed with SIGKILL by its runner, at most once, as
  // something outside might: for fire drills. Its exit record says DRILLED. Nothing happens to one
  // that has no runner. Returns at once; idempotent.
  virtual Status Kill(const ReplicaId& replica) = 0;
  // Frees what is held for an ended replica; its folder stays until log retention takes it.
  virtual Status Forget(const ReplicaId& replica) = 0;
  virtual Capabilities GetCapabilities() = 0;
  // Changes with time; the hint below tells when one is free again.
  virtual std::vector<HeldGpu> HeldGpus() { return {}; }

  // `hint` is called from any thread when an Observe may tell something new; only a hint to look
  // sooner.
  virtual void SetChangeHint(std::function<void()> hint) = 0;
};

}  // namespace mlengine::executor
