// SubmitReceipt: the end of every `jobs submit`: the job is sent, its receipt printed, its log
// followed where that is asked for.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "base/result.h"
#include "cli/api.h"
#include "cli/command.h"

namespace mlengine::cli {

// --stream-logs and --async. INVALID_ARGUMENT when both are given.
std::vector<Flag> FollowFlags();
Status CheckFollowFlags(const Invocation& invocation);

// Sends the job once, however often an answer is lost.
Result<boost::json::value> CreateJob(Api& api, const boost::json::object& job);

// "Job [J] submitted successfully." on standard error, `own_lines`, price and what to do next;
// nothing with --quiet.
void PrintReceipt(const Invocation& invocation, Session& session, Api& api,
                  const boost::json::value& job, const std::function<void()>& own_lines);

// Prints the job as gcloud does, with --stream-logs when it has ended. The exit code.
Result<int> EndSubmit(const Invocation& invocation, Session& session, Api& api,
                      const boost::json::value& job);

}  // namespace mlengine::cli
