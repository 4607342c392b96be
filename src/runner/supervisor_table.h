// The life of one restart of one replica as a table of state × event: what comes next, and what is
// to be done on the way. Pure; the Supervisor carries the actions out.
#pragma once

#include <string_view>

namespace mlengine::runner {

enum class State {
  kPreparing,    // packages and environment are being made; no user code ran
  kLeasing,      // the lease is being taken
  kStarting,     // the lease is taken, the program is being started
  kRunning,      // user code runs
  kStopping,     // SIGTERM was sent, the grace runs
  kTearingDown,  // everything is being killed and reaped
  kFinished,
};

enum class Event {
  kPrepared,
  kFailed,  // preparing, taking the lease or starting failed
  kLeaseTaken,
  kLeaseRefused,  // it exists: another start took it, or a stop came first
  kStarted,
  kStopAsked,
  kEnded,        // the program itself ended; what it started may still run
  kGraceOver,    // the time from SIGTERM to SIGKILL is over
  kLimitPassed,  // more memory or output than the spec allows
  kAllGone,      // no process of the replica is left
};

enum class Action {
  kNothing,
  kTakeLease,
  kStart,
  kRecordRunning,
  kTerminate,  // SIGTERM to the program's group, and start the grace
  kKillAll,
  kRecordNotStarted,
  kRecordExit,
};

struct Transition {
  State next;
  Action action;
  friend bool operator==(const Transition&, const Transition&) = default;
};

// An event that a state does not wait for changes nothing.
Transition Next(State state, Event event);

std::string_view NameOf(State state);

}  // namespace mlengine::runner
