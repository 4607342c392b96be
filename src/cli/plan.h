// What the server says would become of a job (its door jobs:plan), and `--dry-run`.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

class Api;
class Invocation;
struct JobPackages;
struct Session;

// The server's plan of `job`; its errors are those of submitting it. The first `unstaged` of its
// packages need not be there.
Result<boost::json::object> AskPlan(Api& api, const boost::json::object& job, std::size_t unstaged);

// Prints what submitting `job` would do; uploads and starts nothing.
Result<int> DryRun(const Invocation& invocation, Session& session, Api& api,
                   boost::json::object job, const JobPackages& packages);

}  // namespace mlengine::cli
