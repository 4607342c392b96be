#include "cli/submit_receipt.h"

#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/job_detail.h"
#include "cli/log_follow.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

// What gcloud prints of a job after submitting it.
value Summary(const value& job) {
  object out;
  for (const char* field : {"jobId", "state", "startTime", "endTime"}) {
    if (const std::string text = TextAt(job, field); !text.empty()) out[field] = text;
  }
  return out;
}

Result<int> FollowToEnd(const Invocation& invocation, Session& session, Api& api) {
  FollowRequest follow;
  follow.job = invocation.positionals[0];
  follow.look.fold = session.err_is_terminal;
  follow.look.color = session.err_is_terminal && !session.env("NO_COLOR");
  MLENGINE_ASSIGN_OR_RETURN(const std::string state, FollowJob(api, session, session.err, follow));
  MLENGINE_ASSIGN_OR_RETURN(const value job, api.Json("GET", api.MlPath({"jobs", follow.job})));
  MLENGINE_RETURN_IF_ERROR(
      PrintOne(invocation, session, invocation.Has("format") ? job : Summary(job)));
  return state == "SUCCEEDED" ? kExitOk : kExitFailed;
}

}  // namespace

std::vector<Flag> FollowFlags() {
  return {{"stream-logs", FlagKind::kSwitch, "",
           "Follow the log and end with the job: 0 when it SUCCEEDED, else 1."},
          {"async", FlagKind::kSwitch, "", "Return once the job is submitted; so it is anyway."}};
}

Status CheckFollowFlags(const Invocation& invocation) {
  if (!invocation.Has("async") || !invocation.Has("stream-logs")) return OkStatus();
  return InvalidArgumentError("--async and --stream-logs exclude each other. Give at most one.");
}

Result<value> CreateJob(Api& api, const object& job) {
  // A repeated call with this key gets the first answer again, so a lost answer cannot start a job
  // twice.
  net::Headers headers;
  headers.Set("Idempotency-Key", RandomHex(16));
  const value body = job;
  return api.Json("POST", api.MlPath({"jobs"}), &body, headers);
}

void PrintReceipt(const Invocation& invocation, Session& session, Api& api, const value& job,
                  const std::function<void()>& own_lines) {
  if (invocation.Has("quiet")) return;
  const std::string id = TextAt(job, "jobId");
  session.err << "Job [" << id << "] submitted successfully.\n";
  own_lines();
  session.err.flush();  // the job is safe, whatever becomes of the question that follows
  const object detail = JobDetail(api, id);
  for (const std::string& line : PriceLines(detail)) session.err << "  " << line << "\n";
  for (const std::string& text : BudgetTexts(detail)) session.err << "  budget   " << text << "\n";
  session.err << "  follow   mlengine jobs stream-logs " << id << "\n"
              << "  cancel   mlengine jobs cancel " << id << "\n"
              << "  open     " << api.endpoint() << "/ui/jobs/" << PercentEncode(id)
              << "?project=" << PercentEncode(api.project()) << "\n";
  session.err.flush();
}

Result<int> EndSubmit(const Invocation& invocation, Session& session, Api& api, const value& job) {
  if (invocation.Has("stream-logs") && session.err_is_terminal && !invocation.Has("quiet"))
    session.err << "Ctrl-C stops following; the job goes on.\n";
  if (invocation.Has("stream-logs")) return FollowToEnd(invocation, session, api);
  MLENGINE_RETURN_IF_ERROR(
      PrintOne(invocation, session, invocation.Has("format") ? job : Summary(job)));
  return kExitOk;
}

}  // namespace mlengine::cli
