// First cause: of a job that failed, the replica that failed first, why, by what evidence, and what
// failed because of it. Pure: the same evidence gives the same answer. Rules, not a model:
// docs/adr/first-cause.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "insight/cause_kind.h"
#include "insight/failure_evidence.h"

namespace mlengine::insight {

// A replica that failed or was stopped because of the cause.
struct Follower {
  std::string role;
  int index = 0;
  std::int64_t when_ns = 0;
  std::string sentence;
};

struct Cause {
  CauseKind kind = CauseKind::kUnknown;
  std::string role;
  int index = 0;
  int restart = 0;
  std::int64_t when_ns = 0;           // 0: not known
  std::string sentence;               // "The program imports sklearn, which runtime 2.19 …"
  std::string advice;                 // what to do; "" when nothing is known to help
  std::vector<std::string> evidence;  // lines as they were printed or measured, in order
  std::vector<Follower> followers;    // by their moment
};

// Nothing when no execution failed. A cause that is not certain has the kind kUnknown and the last
// lines for evidence. Texts are UTF-8 when the evidence is, and at most 600 bytes each.
std::optional<Cause> FirstCause(const FailureEvidence& evidence);

// How far after an error of the network another error may come to be its cause all the same: a
// program that fails closes its connections before it prints why.
inline constexpr std::int64_t kUnwindingNanos = 5'000'000'000;
// How long before the first failure the end of an execution that was started again may lie to be
// its cause.
inline constexpr std::int64_t kRestartNanos = 60'000'000'000;
inline constexpr std::size_t kMostFollowers = 32;

}  // namespace mlengine::insight
