// HealthHints: what is wrong with a job that runs, though nothing has failed: said while something
// can still be done. A hint that is wrong is worse than none, so each rule asks for evidence over
// its whole time, and says nothing where some is missing. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::insight {

struct HintLimits {
  double idle_seconds = 600;         // of silence, of an idle GPU, of a starved one
  double checkpoint_seconds = 3600;  // of running without a checkpoint
  double disk_seconds = 6 * 3600;    // until the disk is full
};

// What one replica used over the newest `idle_seconds`. Unset: not known.
struct ReplicaUse {
  std::string task;                  // "master-replica-0"
  double covered_seconds = 0;        // between the first and the last sample of that time
  double cores = 0;                  // CPU seconds a second
  std::optional<double> io_rate{};   // bytes a second of disks and network, unless all are unknown
  int gpus = 0;                      // that it has leased
  std::optional<double> gpu_duty{};  // percent, the mean of all
  std::optional<double> gpu_peak{};  // percent, the most that one sample saw
};

struct LossTrouble {
  std::string tag;
  std::string run;
  std::int64_t since_step = 0;  // the first of those at its end that are not finite
  std::size_t values = 0;       // of those
};

struct DiskFacts {
  double free_bytes = 0;
  double low_water = 0;         // below which new work is refused
  double bytes_per_second = 0;  // by which it filled lately; of `covered_seconds`
  double covered_seconds = 0;
  bool by_this_job = false;  // at least half of it was written by this job, as far as can be told
  std::string folder;
};

struct CheckpointFacts {
  std::vector<std::string> folders;  // that were searched wholly
  bool found = false;                // one that is newer than the program's start
};

struct HealthFacts {
  double now = 0;
  double running_since = 0;              // when the last of its programs started; seconds, as `now`
  double cores = 1;                      // of the machine
  std::optional<double> last_line_at{};  // of any replica; unset: none yet
  std::vector<ReplicaUse> replicas;      // all of the job; fewer: not all are known
  std::size_t replica_count = 1;
  bool tells_steps = false;  // its progress is known, and goes on
  std::vector<LossTrouble> losses;
  std::optional<DiskFacts> disk{};
  std::optional<CheckpointFacts> checkpoints{};
};

struct Hint {
  std::string key;   // by which it is said once
  std::string text;  // what is wrong, since when, what to do
  friend bool operator==(const Hint&, const Hint&) = default;
};

// Of a job whose replicas all run their programs. In the order of the rules.
std::vector<Hint> HealthHints(const HealthFacts& facts, const HintLimits& limits);

// Whether a series of that tag is a loss: "loss", "train/total_loss", "epoch_loss", "cost".
bool IsLoss(std::string_view tag);
// By its name, relative to the folder searched: model.ckpt-100.index, step_100.pt, best.keras,
// weights.h5, checkpoint-500/…, saved_model.pb.
bool IsCheckpoint(std::string_view path);

}  // namespace mlengine::insight
