// Supervisor: one restart of one replica from its packages to its exit record, by the table of
// supervisor_table.h. One thread; the status record on disk is replaced at each step.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/unique_fd.h"
#include "runner/limit_watch.h"
#include "runner/preparation.h"
#include "runner/program.h"
#include "runner/replica_group.h"
#include "runner/resource_sampler.h"
#include "runner/spool.h"
#include "runner/status_file.h"
#include "runner/stop_source.h"
#include "runner/supervisor_table.h"
#include "runner/tmp_link.h"

namespace mlengine::runner {

class Supervisor {
 public:
  // All outlive it. `runner_program` is this program.
  Supervisor(FileSystem& files, const Clock& clock, const LaunchSpec& spec, StatusFile& status,
             StopSource& stop, std::string runner_program);

  // Returns when the record is final and no process of the replica is left.
  void Run();

 private:
  Event Prepare();
  // Carries out an action; the event that follows at once, if one does.
  std::optional<Event> Do(Action action);
  Event TakeLease();
  Event Start();
  void Terminate();
  void KillForDrill();
  void RecordNotStarted();
  void SettleSpools();
  void MakeRoom();
  void LookForGpuHolders();
  v1::ExitReason::Code Judge(const ProcessEnd& end);
  void RecordExit();
  void NoteEnd(const ProcessEnd& end);
  // Waits for what happens next to the program.
  Event Await();
  std::optional<Event> Look();
  bool LooksForConnections() const;
  void LookForConnections();
  void LookForFirstLine();
  // A step on the way. One that cannot be written (a full or read-only disk) is owed: the server
  // would else never hear that the program runs.
  void WriteStatus();
  Event AwaitNobody();
  std::vector<std::string> ProgramWords() const;
  ProgramSpec MakeProgramSpec();
  std::string TmpFolder();
  Status OpenSpools();

  using SteadyTime = std::chrono::steady_clock::time_point;

  FileSystem& files_;
  const Clock& clock_;
  const LaunchSpec& spec_;
  StatusFile& status_;
  StopSource& stop_;
  Preparation preparation_;
  PythonEnvironment python_;
  Program program_;
  State state_ = State::kPreparing;
  std::optional<ProcessEnd> end_;
  bool stop_requested_ = false;
  bool drilled_ = false;  // the program was killed because a drill asked for it
  SteadyTime grace_over_;
  SteadyTime next_connection_look_;
  bool reached_ = false;
  bool waits_for_first_line_ = false;
  bool owes_status_ = false;
  SteadyTime next_write_;
  UniqueFd spool_watch_;
  TmpLink tmp_link_;
  Spool stdout_;
  Spool stderr_;
  std::optional<ReplicaGroup> group_;  // from the lease on
  LimitWatch limits_;
  ResourceSampler sampler_;
  std::int64_t refused_tasks_ = 0;
  std::uint64_t kernel_oom_kills_ = 0;  // when the program started
};

}  // namespace mlengine::runner
