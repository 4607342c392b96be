#include <memory>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_progress.h"
#include "cli/log_follow.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<std::string> Follow(const Invocation& invocation, Session& session, Api& api) {
  if (invocation.Has("raw")) {
    RawRequest request;
    request.job = invocation.positionals[0];
    request.task_name = invocation.Text("task-name", request.task_name);
    request.stream = invocation.Text("stream", request.stream);
    return FollowRaw(api, session, session.out, request);
  }
  if (invocation.Has("stream")) {
    return InvalidArgumentError(
        "--stream chooses the bytes that --raw prints; without --raw use --task-name.");
  }
  FollowRequest request;
  request.job = invocation.positionals[0];
  request.task_name = invocation.Text("task-name");
  request.look.multiline = invocation.Has("allow-multiline-logs");
  request.look.fold = session.out_is_terminal;
  request.look.color = session.out_is_terminal && !session.env("NO_COLOR");
  if (session.out_is_terminal && session.err_is_terminal && !invocation.Has("quiet"))
    session.err << "Ctrl-C stops following; the job goes on.\n";
  std::unique_ptr<Api> own;
  if (session.out_is_terminal && !invocation.Has("quiet")) {
    // A connection of its own: the other one waits for lines.
    MLENGINE_ASSIGN_OR_RETURN(own, Api::Open(invocation, session));
    request.status = [&own, job = request.job] {
      const ShownProgress progress = ProgressOf(*own, job);
      return progress.text.empty() ? "" : progress.state + ": " + progress.text;
    };
  }
  return FollowJob(api, session, session.out, request);
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::string state, Follow(invocation, session, *api));
  if (state == "SUCCEEDED") return kExitOk;
  if (!invocation.Has("quiet")) {
    const std::string& job = invocation.positionals[0];
    session.err << "Job [" << job << "] ended as " << state << ". See `mlengine jobs describe "
                << job << "`.\n";
  }
  return kExitFailed;
}

}  // namespace

Command JobsStreamLogsCommand() {
  Command command;
  command.path = "jobs stream-logs";
  command.summary = "follow a job's log until the job ends";
  command.description =
      "Prints the log from its start and follows it. Goes on by itself after a cut or a restart of "
      "the server. Ends "
      "with the job: 0 when it SUCCEEDED, else 1. Piped, the lines equal gcloud's: severity, local "
      "time, task, trial "
      "and message, separated by TABs. On a terminal the last line tells how far the job is; "
      "--quiet leaves it away.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"task-name", FlagKind::kText, "TASK",
       "Only the lines of this task, such as master-replica-0."},
      {"allow-multiline-logs", FlagKind::kSwitch, "", "Print a message of several lines as it is."},
      {"polling-interval", FlagKind::kNumber, "SECONDS",
       "Accepted for gcloud's sake: lines come at once anyway."},
      {"raw", FlagKind::kSwitch, "",
       "Print the bytes of one replica's stdout exactly as the program wrote them; the replica is "
       "--task-name, else master-replica-0."},
      {"stream", FlagKind::kChoice, "STREAM", "With --raw: which stream.", {"stdout", "stderr"}}};
  command.examples = {"mlengine jobs stream-logs my_job",
                      "mlengine jobs stream-logs my_job --raw | grep accuracy"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
