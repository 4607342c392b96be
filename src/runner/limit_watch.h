// LimitWatch: the runner's own look, four times a second, at what its program uses: for the limits
// that nobody else keeps, and for those that the kernel has kept by killing. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "mlengine/runner/v1/launch_spec.pb.h"
#include "runner/program.h"
#include "runner/replica_group.h"

namespace mlengine::runner {

class LimitWatch {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit LimitWatch(const v1::Limits& limits) : limits_(limits) {}

  bool IsNeeded() const;
  // When Look has something to do again.
  SteadyTime next() const { return next_; }
  // True when a limit was passed, and the program is to be killed. `printed` bytes of output.
  bool Look(Program& program, const ReplicaGroup& group, std::int64_t printed);
  // The group's counter of kills alone, after the end.
  void TakeOomKills(const ReplicaGroup& group);

  // Why the program is to be killed, in one sentence; empty when no limit was passed.
  const std::string& reason() const { return reason_; }
  bool over_memory() const { return over_memory_; }
  bool over_output() const { return over_output_; }
  bool over_tasks() const { return over_tasks_; }

 private:
  void Measure(Program& program, const ReplicaGroup& group);

  const v1::Limits limits_;
  SteadyTime next_;
  std::string reason_;
  bool over_memory_ = false;
  bool over_output_ = false;
  bool over_tasks_ = false;
};

}  // namespace mlengine::runner
