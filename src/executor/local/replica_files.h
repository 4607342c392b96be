// What a replica's folder tells: whether its runner lives, what the runner recorded, and who took
// the lease. Reads only; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "executor/executor.h"

namespace mlengine::executor {

enum class LockState {
  kAbsent,  // no runner was started
  kHeld,    // a runner lives, or is being started
  kFree,    // the runner is gone
};

// The folder of one restart of a replica.
struct ReplicaPlace {
  std::string folder;
  int restart = 0;

  std::string spec() const;
  std::string lease() const;
  std::string record() const;
  std::string lock() const;
  std::string stop() const;
  std::string kill() const;
  std::string runner_log() const;
  std::string stdout_spool() const;
  std::string stderr_spool() const;
};

ReplicaPlace PlaceOf(const std::string& jobs_dir, const ReplicaId& id);

// Takes and lets go a shared lock for a moment. An error when it cannot be told now.
Result<LockState> ReadLock(const ReplicaPlace& place);
// Nothing when the runner wrote none yet; DATA_LOSS when it cannot be read as one.
Result<std::optional<StatusRecord>> ReadRecord(FileSystem& files, const ReplicaPlace& place);
// EXITED or NOT_STARTED: nothing follows.
bool IsFinal(const StatusRecord& record);

// Kills what a lost runner left: everything in the cgroups that its record names, which are removed
// then; processes with this launch token and the replica's mark in their environment; and those
// that still write to its spools. Returns when none is left, or after two seconds. Those that may
// not be looked at are left alone.
void KillLeftovers(const ReplicaPlace& place, const std::string& launch_token, const ReplicaId& id,
                   const std::vector<std::string>& control_groups);

}  // namespace mlengine::executor
