// ReplicaGroup: what holds all processes of a replica together and keeps its limits of memory and
// processes: a cgroup where one may be made; resource limits and the runner's own look elsewhere.
// One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/control_group.h"
#include "base/unique_fd.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "mlengine/runner/v1/status_record.pb.h"

namespace mlengine::runner {

class ReplicaGroup {
 public:
  // Takes away what dead runners left, makes the group, and names it in the record: before any user
  // code, so that what a lost runner leaves can be found. Sets the resource limits of this process,
  // which the program inherits.
  ReplicaGroup(const v1::LaunchSpec& spec, const ControlGroup::Places& places,
               v1::StatusRecord& record);

  // See ControlGroup::OpenForBirth; not ok where there is no group.
  UniqueFd OpenForBirth() const;
  // The program, just started, and whatever it may have started already.
  void Hold(pid_t program);

  // Whether the runner itself must look for more memory, more processes than the spec allows.
  bool watches_memory() const;
  bool watches_tasks() const;
  // "Limits: 4294967296 bytes of memory, kept by …": which limits there are and how each is kept.
  std::string Sentence() const;

  // Whether all processes of the replica are in a cgroup; then Processes are those.
  bool holds_all() const { return group_ != nullptr && complete_; }
  std::vector<pid_t> Processes() const;
  // See ControlGroup::Cpu; nothing unless holds_all.
  std::optional<ControlGroup::CpuTime> Cpu() const;

  std::int64_t OomKills() const;
  std::int64_t RefusedTasks() const;

  // Kills what is in the group, which may take a moment: to be repeated until it returns true. True
  // also where there is no group.
  bool Kill();

 private:
  const v1::Limits limits_;
  std::unique_ptr<ControlGroup> group_;  // null where none may be made
  bool complete_ = true;                 // the program is in all of it
  std::string why_none_;
};

}  // namespace mlengine::runner
