// What was measured of a training program, and where: in a short run here, or in a job that ran.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "insight/estimate_input.h"

namespace mlengine::cli {

class Api;
class Invocation;
struct Session;
struct JobPackages;

struct ProfileWish {
  std::string interpreter;
  std::string module;
  std::vector<std::string> args;
  std::string job_dir;                        // of the job; the profile gets one of its own
  std::optional<std::int64_t> steps;          // that the job is to do, where it is known
  std::optional<std::int64_t> profile_steps;  // instead of a tenth of them
  std::vector<std::pair<std::string, std::string>> environment;
};

// Runs the program of `packages` for a while in a folder of its own. FAILED_PRECONDITION with its
// last lines when it fails, or when its output does not tell its speed.
Result<insight::MeasuredRun> MeasureHere(Api& api, const JobPackages& packages,
                                         const ProfileWish& wish);

// The job's resource. NOT_FOUND.
Result<boost::json::object> PastJob(Api& api, const std::string& job_id);
// By the lines of its master's log.
Result<insight::MeasuredRun> MeasurePast(Api& api, const std::string& job_id,
                                         const boost::json::object& job);

}  // namespace mlengine::cli
