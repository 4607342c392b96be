// TF_CONFIG, built by one function for all who start user code: `local train` and the service
// differ in the job's text, in addresses and ids, and in nothing else. Pure; no protobuf, so that
// the command line stays small.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlengine::model {

struct ClusterSpec {
  // Role to "host:port" by index, in the order they are written. Evaluators are never in it.
  std::vector<std::pair<std::string, std::vector<std::string>>> roles;
};

struct TfTask {
  std::string type;   // "master", "chief", "worker", "ps", "evaluator"
  int index = 0;      // from 0 within the type
  std::string cloud;  // an opaque id of the start; "" leaves it out
};

// JSON in ASCII, as Python's json.dumps writes it. `job_json` is the value of "job"; a missing
// cluster or task is an empty object.
std::string TfConfig(std::string_view job_json, const std::optional<TfTask>& task,
                     const std::optional<ClusterSpec>& cluster);

// The job as gcloud's `local train` tells it: {"job_name": MODULE, "args": […]}.
std::string LocalJobJson(const std::string& module, const std::vector<std::string>& args);

}  // namespace mlengine::model
