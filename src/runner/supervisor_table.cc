#include "runner/supervisor_table.h"

namespace mlengine::runner {
namespace {

struct Row {
  State state;
  Event event;
  Transition transition;
};

constexpr Row kTable[] = {
    {State::kPreparing, Event::kPrepared, {State::kLeasing, Action::kTakeLease}},
    {State::kPreparing, Event::kFailed, {State::kFinished, Action::kRecordNotStarted}},
    {State::kPreparing, Event::kStopAsked, {State::kFinished, Action::kRecordNotStarted}},
    // From here on only the lease decides whether user code runs; a stop that comes now waits for
    // kRunning.
    {State::kLeasing, Event::kLeaseTaken, {State::kStarting, Action::kStart}},
    {State::kLeasing, Event::kLeaseRefused, {State::kFinished, Action::kRecordNotStarted}},
    {State::kLeasing, Event::kFailed, {State::kFinished, Action::kRecordNotStarted}},
    {State::kStarting, Event::kStarted, {State::kRunning, Action::kRecordRunning}},
    {State::kStarting, Event::kFailed, {State::kFinished, Action::kRecordNotStarted}},
    {State::kRunning, Event::kStopAsked, {State::kStopping, Action::kTerminate}},
    {State::kRunning, Event::kEnded, {State::kTearingDown, Action::kKillAll}},
    {State::kRunning, Event::kLimitPassed, {State::kTearingDown, Action::kKillAll}},
    {State::kStopping, Event::kEnded, {State::kTearingDown, Action::kKillAll}},
    {State::kStopping, Event::kGraceOver, {State::kTearingDown, Action::kKillAll}},
    {State::kStopping, Event::kLimitPassed, {State::kTearingDown, Action::kKillAll}},
    {State::kTearingDown, Event::kAllGone, {State::kFinished, Action::kRecordExit}},
};

}  // namespace

Transition Next(State state, Event event) {
  for (const Row& row : kTable) {
    if (row.state == state && row.event == event) return row.transition;
  }
  return {state, Action::kNothing};
}

std::string_view NameOf(State state) {
  switch (state) {
    case State::kPreparing:
      return "preparing";
    case State::kLeasing:
      return "leasing";
    case State::kStarting:
      return "starting";
    case State::kRunning:
      return "running";
    case State::kStopping:
      return "stopping";
    case State::kTearingDown:
      return "tearing down";
    case State::kFinished:
      return "finished";
  }
  return "?";
}

}  // namespace mlengine::runner
