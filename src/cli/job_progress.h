// How far jobs are, as our own door tells it. Other servers do not have that door; then nothing is
// known.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <string_view>

#include "cli/api.h"

namespace mlengine::cli {

struct ShownProgress {
  std::string text;   // "450 of 1000 steps (45 %), 12.5 steps/s, …"; "" where nothing is known
  std::string state;  // of the job: "RUNNING"
};

// One call without a retry: for those who ask again anyway.
ShownProgress ProgressOf(Api& api, const std::string& job);

// The field that AddProgress adds.
inline constexpr std::string_view kProgressField = "progress";
// Gives each job its short progress: "45%". False where the server has no such door.
bool AddProgress(Api& api, boost::json::array& jobs);

}  // namespace mlengine::cli
