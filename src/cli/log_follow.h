// Follows a job's log to its end, over cuts and restarts of the server.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "base/result.h"
#include "cli/log_lines.h"

namespace mlengine::cli {

class Api;
struct Session;

struct FollowRequest {
  std::string job;
  std::string task_name;  // only this task's lines; empty: all
  LogLook look;
  // What a status line shows below the log, asked for by a thread of its own; unset: there is none.
  std::function<std::string()> status = {};
};

// One stream of one replica, byte for byte.
struct RawRequest {
  std::string job;
  std::string task_name = "master-replica-0";
  std::string stream = "stdout";  // or "stderr"
};

// Prints to `out` until the job has ended and returns its final state ("SUCCEEDED"). After a cut it
// goes on behind the last entry, for up to a minute without the server, and says so once on
// session.err. UNAVAILABLE after that.
Result<std::string> FollowJob(Api& api, Session& session, std::ostream& out,
                              const FollowRequest& request);

// The same for the bytes of a stream, exactly as the program wrote them: goes on at its offset.
Result<std::string> FollowRaw(Api& api, Session& session, std::ostream& out,
                              const RawRequest& request);

}  // namespace mlengine::cli
