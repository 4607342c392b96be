// HealthWatch: gathers what the health hints of one running job are judged by: samples of what its
// replicas use, when its log grew, its losses, its checkpoints. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "insight/health_hints.h"
#include "logs/log_store.h"
#include "metrics/checkpoint_search.h"
#include "metrics/job_metrics.h"
#include "metrics/sample_file.h"
#include "objects/object_store.h"
#include "store/job_store.h"

namespace mlengine::metrics {

// How full the disk of the data folder is, and how fast it filled lately.
struct DiskTrend {
  double free_bytes = 0;
  double low_water = 0;
  double bytes_per_second = 0;
  double covered_seconds = 0;
  std::string folder;
};

struct HealthSources {
  logs::LogStore* logs = nullptr;  // both outlive the watch
  objects::ObjectStore* objects = nullptr;
  std::string jobs_dir;  // DATA/jobs
  double cores = 1;      // of the machine
  insight::HintLimits limits;
};

// What one look is about.
struct HealthLook {
  Time now;
  Time running_since;
  bool tells_steps = false;
  std::vector<insight::LossTrouble> losses;
  std::vector<EventFolder> folders;
  std::optional<DiskTrend> disk;
};

class HealthWatch {
 public:
  explicit HealthWatch(HealthSources sources) : sources_(std::move(sources)) {}

  // What is wrong now with a job whose replicas all run.
  std::vector<insight::Hint> Look(const store::JobRecord& record, const HealthLook& look);

 private:
  struct Use {
    insight::ReplicaUse use;
    double written_rate = 0;  // bytes a second, to disks and to other programs
  };
  std::optional<Use> UseOf(const store::JobRecord& record, const engine::v1::ReplicaRecord& replica,
                           Time now);
  void AddUses(const store::JobRecord& record, const HealthLook& look, insight::HealthFacts& facts);
  std::optional<insight::CheckpointFacts> Checkpoints(const store::JobRecord& record,
                                                      const HealthLook& look);

  const HealthSources sources_;
  std::map<std::string, SampleFile> samples_;  // by path
  std::optional<insight::CheckpointFacts> checkpoints_;
  Time checkpoints_at_{};
};

// Losses that are not finite at their end, by an answer that holds their newest points; of those
// only the ones that were written since the program started count.
std::vector<insight::LossTrouble> LossTroubles(const MetricAnswer& answer, Time started);

}  // namespace mlengine::metrics
