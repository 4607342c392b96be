// What a drill needs of a job's log: how far a program was, from where it went on, and whether the
// log has every byte once. Reads the log store, bounded; decides nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "insight/resume_point.h"
#include "logs/log_store.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::engine_api {

// One execution of one replica.
struct Execution {
  int attempt = 1;
  std::string role;
  int index = 0;
  int restart = 0;

  std::string task() const { return role + "-replica-" + std::to_string(index); }
};

struct SeenStep {
  insight::StepCount step;
  std::int64_t stamp_ns = 0;
};

// The last step that it told before `before_ns` (-1: up to now), and the last checkpoint that it
// said it had saved; looked for in its newest lines. Unset when none is among them.
struct LastSteps {
  std::optional<SeenStep> step;
  std::optional<SeenStep> checkpoint;
};
Result<LastSteps> LastStepsOf(logs::LogStore& logs, const logs::JobRef& job,
                              const Execution& execution, std::int64_t before_ns);

// Its lines stamped after `after_ns`, until all is known or there are no more.
Result<insight::ResumeTrack> TrackOf(logs::LogStore& logs, const logs::JobRef& job,
                                     const Execution& execution, std::int64_t after_ns,
                                     std::optional<insight::StepCount> before);

// One stream of the log around a mark: the entries from `from_ns` on must have each byte once, and
// the bytes before the mark must be what they were.
struct StreamCheck {
  std::int64_t bytes_before = 0;
  std::int64_t bytes_now = 0;
  std::int64_t entries = 0;  // looked at
  std::int64_t lost_lines = 0;
  std::int64_t doubled_lines = 0;
  bool tail_is_same = true;
};
Result<StreamCheck> CheckStream(logs::LogStore& logs, const logs::JobRef& job, int attempt,
                                const engine::v1::StreamMark& mark, std::int64_t from_ns);

}  // namespace mlengine::engine_api
