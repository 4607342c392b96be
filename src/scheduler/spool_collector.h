// SpoolCollector: brings what the replicas of a job write into the job's log. It shows the log
// store where the spools are, and at the job's end sees to it that all of them are read in, within
// patience. For the reconciler's thread alone.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "executor/executor.h"
#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// The folder of one replica.
std::string ReplicaDir(const std::string& jobs_dir, const executor::ReplicaId& id);

class SpoolCollector {
 public:
  // The log store and the clock outlive it. `jobs_dir` is absolute; `patience`: how long the end of
  // a job waits for the last bytes.
  SpoolCollector(logs::LogStore& logs, const Clock& clock, std::string jobs_dir,
                 Nanoseconds patience);

  // The spools of all attempts and restarts, not of the last alone: one that was lost unseen has a
  // successor already. Idempotent; what fails is logged and tried again with the next call.
  void Attach(const store::JobRecord& record);

  // Reads in what executions left that have a successor in `record`, so that their lines come
  // before those of the successor. What cannot be read now comes later.
  void CloseSuperseded(const store::JobRecord& record);

  // Reads the streams of all of them in up to their recorded ends. Nothing while bytes are missing
  // and patience lasts; then what is missing, in one sentence; "" when nothing is.
  std::optional<std::string> Complete(const store::JobRecord& record);

  // The job's end is stored.
  void Forget(const store::JobKey& key);

 private:
  bool IsPatient(const store::JobKey& key);

  logs::LogStore& logs_;
  const Clock& clock_;
  const std::string jobs_dir_;
  const Nanoseconds patience_;
  std::map<store::JobKey, Time> ending_since_;
};

}  // namespace mlengine::scheduler
