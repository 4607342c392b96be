// TrainingRequest: what the flags of `jobs submit training` ask for, before anything is sent. One
// definition for submitting, for its --dry-run and for `jobs estimate`.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/package.h"

namespace mlengine::cli {

struct Session;

// --module-name, --package-path, --scale-tier, --config and so on, as gcloud has them.
std::vector<Flag> TrainingFlags();

// The Job of --config with the flags laid over it, without packages.
Result<boost::json::object> TrainingJob(const Invocation& invocation, Session& session);

struct JobPackages {
  ScratchFolder scratch;           // holds what was built
  std::vector<std::string> local;  // files that are to be staged
  std::vector<std::string> uris;   // gs:// addresses as given
};
// Builds --package-path and sorts --packages.
Result<JobPackages> CollectPackages(const Invocation& invocation, Session& session);

// Where local packages are staged: --staging-bucket, else the job dir; "" when neither is given.
std::string StagingLocation(const Invocation& invocation, const boost::json::object& job);

void SetPackages(const std::vector<std::string>& uris, boost::json::object& job);

// The error of a server, with the lines of the --config file that it complains of.
Status WithConfigLines(const Invocation& invocation, const Status& status);

}  // namespace mlengine::cli
