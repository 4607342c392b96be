// PastRun: the speed of a job that ran or runs, by the entries of its log. Pure; one owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "insight/estimate_input.h"
#include "insight/progress_track.h"

namespace mlengine::insight {

// The task whose entries tell the speed of a job.
inline constexpr std::string_view kSpeakingTask = "master-replica-0";

class PastRun {
 public:
  explicit PastRun(Time start) : start_(start) {}

  // An entry of kSpeakingTask, in their order: its line, and its fields as JSON where it has some.
  void Add(Time time, std::string_view message, std::string_view fields);
  // `ended`: when the job succeeded, unset of one that did not. FAILED_PRECONDITION when the
  // entries tell no speed.
  Result<MeasuredRun> Measure(const std::string& job_id, const std::string& tier,
                              std::optional<Time> ended) const;

 private:
  Time start_;
  ProgressTrack track_;
  double last_ = 0;
};

// FAILED_PRECONDITION of a job that has no start.
Status HasNotRun(const std::string& job_id, const std::string& state);

}  // namespace mlengine::insight
