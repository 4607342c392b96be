#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <ostream>
#include <string_view>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/drill_report.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kTimeoutSeconds = 600;
constexpr milliseconds kLook{200};
// While the server is away, so that the pause is measured well.
constexpr milliseconds kQuickLook{10};
constexpr std::chrono::seconds kTell{10};

volatile std::sig_atomic_t has_begun = 0;

// From when the drill is asked for, Ctrl-C ends only this program.
extern "C" void SayWhatGoesOn(int) {
  constexpr std::string_view kAsked =
      "\nThe drill was being asked for and may have begun; the job goes on. `mlengine jobs "
      "describe` and `mlengine jobs stream-logs` show them.\n";
  constexpr std::string_view kBegun =
      "\nOnly the report is stopped: the drill and the job go on. `mlengine jobs describe` and "
      "`mlengine jobs stream-logs` show them.\n";
  const std::string_view text = has_begun != 0 ? kBegun : kAsked;
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  ::_exit(130);
}

// While it lives, Ctrl-C says so.
class SaysWhatGoesOn {
 public:
  SaysWhatGoesOn() : before_(std::signal(SIGINT, SayWhatGoesOn)) { has_begun = 0; }
  ~SaysWhatGoesOn() { std::signal(SIGINT, before_); }
  SaysWhatGoesOn(const SaysWhatGoesOn&) = delete;
  SaysWhatGoesOn& operator=(const SaysWhatGoesOn&) = delete;

 private:
  void (*before_)(int);
};

// The one of the three that was asked for, as the body of the call.
Result<object> WishOf(const Invocation& invocation) {
  const int wishes = static_cast<int>(invocation.Has("kill")) +
                     static_cast<int>(invocation.Has("preempt")) +
                     static_cast<int>(invocation.Has("restart-server"));
  if (wishes != 1) {
    return InvalidArgumentError(wishes == 0 ? "which drill? Give --kill=ROLE:INDEX, --preempt or "
                                              "--restart-server."
                                            : "one drill at a time: give only one of --kill, "
                                              "--preempt and --restart-server.");
  }
  if (invocation.Has("kill"))
    return object{{"action", "kill"}, {"replica", invocation.Text("kill")}};
  return object{{"action", invocation.Has("preempt") ? "preempt" : "restart-server"}};
}

// Says what will be done and asks. False: it shall not be.
Result<bool> MayAct(const Invocation& invocation, Session& session, Api& api,
                    const std::string& path, object wish) {
  wish["validateOnly"] = true;
  const value request = std::move(wish);
  MLENGINE_ASSIGN_OR_RETURN(const value forecast, api.Json("POST", path, &request));
  if (invocation.Has("quiet")) return true;
  session.err << "Drill of job [" << invocation.positionals[0] << "]:\n";
  if (const value* sentences = forecast.as_object().if_contains("sentences")) {
    for (const value& one : sentences->as_array())
      session.err << "  " << std::string_view(one.as_string()) << "\n";
  }
  session.err << "\nDo you want to continue (Y/n)?  ";
  session.err.flush();
  while (true) {
    const std::optional<std::string> line = session.read_line ? session.read_line() : std::nullopt;
    if (!line) {
      return FailedPreconditionError(
          "nobody is there to answer, so nothing was done. Give --quiet to go on without asking.");
    }
    std::string word = *line;
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word.empty() || word == "y" || word == "yes") return true;
    if (word == "n" || word == "no") return false;
    session.err << "Please enter 'y' or 'n':  ";
    session.err.flush();
  }
}

// Waits for the drill's end, tells what is waited for, and measures how long nobody answers.
class Wait {
 public:
  Wait(Api& api, Session& session, bool quiet, std::chrono::seconds timeout)
      : api_(api), session_(session), quiet_(quiet), timeout_(timeout) {}

  // The last report there was; with "timedOut" when the drill was not over in time.
  Result<value> Run(const std::string& path, value report) {
    const bool restarts = TextAt(report, "action") == "restart-server";
    std::optional<SteadyClock::time_point> silent_since;
    SteadyClock::duration longest{0};
    while (TextAt(report, "result") == "PENDING") {
      if (Waited() > timeout_) {
        report.as_object()["timedOut"] = true;
        break;
      }
      Tell(silent_since ? "the server to answer again" : TextAt(report, "waitsFor"));
      const bool away =
          restarts && (silent_since || TextAt(report, "actTime").empty() ||
                       !report.as_object().contains("server") || longest.count() == 0);
      const milliseconds pause = away ? kQuickLook : kLook;
      session_.sleep(pause);
      slept_ += pause;
      const auto asked = SteadyClock::now();
      Result<net::ClientResponse> answer = api_.Call(Question(path));
      if (!answer.ok() || answer->status == 503) {
        if (!silent_since) silent_since = asked;
        continue;
      }
      if (answer->status / 100 != 2) return ErrorFromResponse(*answer);
      if (silent_since) longest = std::max(longest, SteadyClock::now() - *silent_since);
      silent_since.reset();
      boost::system::error_code failed;
      value next = boost::json::parse(answer->body, failed);
      if (failed || !next.is_object()) return InternalError("the server's answer is not JSON");
      report = std::move(next);
    }
    if (longest.count() > 0) {
      report.as_object()["secondsWithoutAnswer"] =
          static_cast<double>(std::chrono::duration_cast<milliseconds>(longest).count()) / 1e3;
    }
    return report;
  }

 private:
  static net::ClientRequest Question(const std::string& path) {
    net::ClientRequest request;
    request.target = path;
    request.headers.Set("Accept", "application/json");
    return request;
  }
  SteadyClock::duration Waited() const {
    return std::max<SteadyClock::duration>(SteadyClock::now() - begun_, slept_);
  }
  void Tell(const std::string& what) {
    if (quiet_ || what.empty() || (what == told_ && Waited() < told_at_ + kTell)) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Waited()).count();
    session_.err << "Waiting for " << what << " (" << seconds << " s of at most "
                 << timeout_.count() << " s) ...\n";
    session_.err.flush();
    told_ = what;
    told_at_ = Waited();
  }

  Api& api_;
  Session& session_;
  const bool quiet_;
  const std::chrono::seconds timeout_;
  const SteadyClock::time_point begun_ = SteadyClock::now();
  SteadyClock::duration slept_{0};
  std::string told_;
  SteadyClock::duration told_at_{0};
};

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const object wish, WishOf(invocation));
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string path = api->OwnPath({"jobs", invocation.positionals[0], "drills"});
  MLENGINE_ASSIGN_OR_RETURN(const bool may, MayAct(invocation, session, *api, path, wish));
  if (!may) {
    session.err << "Nothing was done.\n";
    return kExitFailed;
  }
  net::Headers headers;
  headers.Set("Idempotency-Key", RandomHex(16));
  const value request = wish;
  const SaysWhatGoesOn interrupted;
  MLENGINE_ASSIGN_OR_RETURN(value first, api->Json("POST", path, &request, headers));
  has_begun = 1;
  const std::string number =
      std::to_string(first.as_object().at("drill").to_number<std::int64_t>());

  const bool quiet = invocation.Has("quiet");
  if (!quiet && session.err_is_terminal)
    session.err << "Ctrl-C stops waiting for the report; the drill and the job go on.\n";
  const std::chrono::seconds timeout(invocation.Number("timeout").value_or(kTimeoutSeconds));
  MLENGINE_ASSIGN_OR_RETURN(
      const value report,
      Wait(*api, session, quiet, timeout).Run(path + "/" + number, std::move(first)));

  if (invocation.Has("format")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, report));
  } else {
    session.out << DrillText(report);
  }
  if (report.as_object().contains("timedOut") && !quiet) {
    session.err << "The drill was not over within " << timeout.count()
                << " s. The job goes on; ask for the report again with GET " << path << "/"
                << number << ".\n";
  }
  return TextAt(report, "result") == "RECOVERED" ? kExitOk : kExitFailed;
}

}  // namespace

Command JobsDrillCommand() {
  Command command;
  command.path = "jobs drill";
  command.summary = "end something of a running job, and report how it survived";
  command.description =
      "Does to a running job what may happen to it in the night: kills one of its replicas, stops "
      "and starts it again as a preemption would, or restarts the server under it. It says before "
      "what it will do and what it may cost at most, and asks. Then it waits until the job is as "
      "far as it was, and reports what happened, from which step the job went on, and what it "
      "cost. "
      "A drill uses up none of the job's restarts and retries. Exit status 0: the job recovered.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"kill", FlagKind::kText, "ROLE:INDEX",
       "Kill the program of this replica with SIGKILL, such as worker:1; the index may be left out "
       "where there is one of the role."},
      {"preempt", FlagKind::kSwitch, "",
       "Stop all replicas, as when their machines are taken away: SIGTERM, the grace time, "
       "SIGKILL; "
       "the job then starts again."},
      {"restart-server", FlagKind::kSwitch, "",
       "Stop the server and start it again while the job runs."},
      {"timeout", FlagKind::kNumber, "SECONDS",
       "How long to wait for the job to be as far again; 600 unless given."}};
  command.examples = {"mlengine jobs drill my_job --kill=worker:1",
                      "mlengine jobs drill my_job --preempt --quiet --format=json",
                      "mlengine jobs drill my_job --restart-server"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
