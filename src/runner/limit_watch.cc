#include "runner/limit_watch.h"

#include <algorithm>
#include <limits>

namespace mlengine::runner {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{250};

}  // namespace

bool LimitWatch::IsNeeded() const {
  return limits_.memory_bytes() > 0 || limits_.output_bytes() > 0 || limits_.pids() > 0;
}

bool LimitWatch::Look(Program& program, const ReplicaGroup& group, std::int64_t printed) {
  const SteadyTime begun = steady_clock::now();
  if (!IsNeeded() || begun < next_) return false;
  Measure(program, group);
  if (limits_.output_bytes() > 0 && printed > limits_.output_bytes()) {
    over_output_ = true;
    reason_ = "The replica was killed: it printed " + std::to_string(printed) +
              " bytes, its limit is " + std::to_string(limits_.output_bytes()) + " bytes.";
  }
  // Of thousands of processes a look takes long; most of the CPU's time is the program's.
  const SteadyTime ended = steady_clock::now();
  next_ = ended + std::max<steady_clock::duration>(kLook, 4 * (ended - begun));
  return !reason_.empty();
}

void LimitWatch::Measure(Program& program, const ReplicaGroup& group) {
  const std::int64_t memory = limits_.memory_bytes();
  if (memory <= 0 && !group.watches_tasks()) return;
  const ProgramUse use =
      program.Measure(memory > 0 ? memory : std::numeric_limits<std::int64_t>::max());
  TakeOomKills(group);
  if (over_memory_) return;
  if (memory > 0 && use.memory_bytes > memory) {
    over_memory_ = true;
    reason_ = "The replica was killed: its processes used " + std::to_string(use.memory_bytes) +
              " bytes of memory together, its limit is " + std::to_string(memory) + " bytes.";
  } else if (group.watches_tasks() && use.tasks > limits_.pids()) {
    over_tasks_ = true;
    reason_ = "The replica was killed: it had " + std::to_string(use.tasks) +
              " processes and threads, its limit is " + std::to_string(limits_.pids()) + ".";
  }
}

// Of a group the kernel kills one process at a time, of version 2 all.
void LimitWatch::TakeOomKills(const ReplicaGroup& group) {
  if (limits_.memory_bytes() <= 0 || group.OomKills() == 0) return;
  over_memory_ = true;
  reason_ = "The replica was killed: its processes together reached their limit of " +
            std::to_string(limits_.memory_bytes()) + " bytes of memory.";
}

}  // namespace mlengine::runner
