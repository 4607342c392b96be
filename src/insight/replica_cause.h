// Why one execution ended, looked at alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "insight/cause_kind.h"
#include "insight/failure_evidence.h"

namespace mlengine::insight {

struct Verdict {
  CauseKind kind = CauseKind::kUnknown;
  std::string sentence;
  std::string advice = {};
  std::vector<std::string> evidence = {};
};

// Whether it ended otherwise than well or by a stop.
bool HasFailed(const Execution& execution);

// Of one that has failed. `all` tells of the runtime and the job's module.
Verdict JudgeExecution(const Execution& execution, const FailureEvidence& all);

// Of one that was stopped: a traceback of its own with which it had ended but for being stuck;
// nothing when there is none.
std::optional<Verdict> JudgeStopped(const Execution& execution, const FailureEvidence& all);

// "exited with status 1", "was killed by signal 9 (SIGKILL)".
std::string EndText(const Execution& execution);

}  // namespace mlengine::insight
