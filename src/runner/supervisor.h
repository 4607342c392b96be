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
#include "runner/memory_group.h"
#include "runner/preparation.h"
#include "runner/program.h"
#include "runner/status_file.h"
#include "runner/stop_source.h"
#include "runner/supervisor_table.h"

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
  void RecordNotStarted();
  void SyncSpools();
  void RecordExit();
  void NoteEnd(const ProcessEnd& end);
  // Waits for what happens next to the program.
  Event Await();
  std::optional<Event> Look();
  void LimitMemory();
  bool PassedLimit();
  bool LooksForConnections() const;
  void LookForConnections();
  bool KernelKilledForMemory() const;
  void LookForFirstLine();
  Event AwaitNobody();
  std::vector<std::string> ProgramWords() const;
  ProgramSpec MakeProgramSpec() const;
  std::uint64_t SpoolBytes(const std::string& name) const;

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
  SteadyTime grace_over_;
  SteadyTime next_limit_look_;
  SteadyTime next_connection_look_;
  bool reached_ = false;
  bool waits_for_first_line_ = false;
  UniqueFd spool_watch_;
  std::string kill_reason_;
  bool over_memory_ = false;
  std::unique_ptr<MemoryGroup> memory_group_;  // null where none may be made
  std::uint64_t kernel_oom_kills_ = 0;         // when the program started
};

}  // namespace mlengine::runner
