#include "cli/log_follow.h"

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/line_splitter.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};
constexpr milliseconds kLongestWait{2'000};
constexpr milliseconds kSilence{300'000};  // a quiet job is asked for again, unseen by the user

class Follower {
 public:
  Follower(Api& api, Session& session, std::ostream& out, const FollowRequest& request)
      : api_(api), session_(session), out_(out), request_(request) {}

  Status Run() {
    while (true) {
      progressed_ = false;
      const Status status = Once();
      if (ended_) return OkStatus();
      if (progressed_) {
        waited_ = milliseconds(0);
        wait_ = milliseconds(100);
      }
      const bool quiet = status.code() == StatusCode::kDeadlineExceeded;
      const bool first = !connected_;
      if (!Transient(status) || (first && !quiet)) return status;
      if (waited_ >= kPatience) {
        return status.ok() ? DataLossError("the log ended before the job did; run this again")
                           : status;
      }
      if (!quiet) Wait();
    }
  }

 private:
  // A stream that ends early, a lost connection and a server that is starting are worth another
  // try.
  static bool Transient(const Status& status) {
    return status.ok() || status.code() == StatusCode::kUnavailable ||
           status.code() == StatusCode::kInternal ||
           status.code() == StatusCode::kDeadlineExceeded ||
           status.code() == StatusCode::kDataLoss || status.code() == StatusCode::kAborted ||
           status.code() == StatusCode::kUnknown;
  }

  Status Once() {
    net::ClientRequest call;
    call.target = "/mlengine/v1/projects/" + PercentEncode(api_.project()) + "/jobs/" +
                  PercentEncode(request_.job) + "/log?follow=true";
    if (!after_.empty()) call.target += "&after=" + PercentEncode(after_);
    LineSplitter lines([this](std::string_view line) { Take(line); });
    const auto on_data = [&](std::string_view bytes) {
      connected_ = true;
      lines.Add(bytes);
      out_.flush();
      return !ended_;
    };
    const Result<net::ClientResponse> response = api_.Stream(call, on_data, kSilence);
    if (ended_) return OkStatus();
    if (!response.ok()) return response.status();
    if (response->status / 100 == 5)
      return UnavailableError(ErrorFromResponse(*response).message());
    if (response->status / 100 != 2) return ErrorFromResponse(*response);
    connected_ = true;
    return OkStatus();
  }

  void Take(std::string_view line) {
    boost::system::error_code failed;
    const boost::json::value entry = boost::json::parse(line, failed);
    if (failed || !entry.is_object()) return;
    if (entry.get_object().contains("end")) {
      ended_ = true;
      return;
    }
    const std::string id = TextAt(entry, "insertId");
    if (id.empty()) return;
    after_ = id;
    progressed_ = true;
    if (request_.task_name.empty() || TextAt(entry, "task") == request_.task_name) {
      out_ << FormatEntry(entry, request_.look);
    }
  }

  void Wait() {
    if (!told_) {
      session_.err << "The connection to " << api_.endpoint() << " was cut; trying again for up to "
                   << kPatience.count() / 1000 << " s. The job goes on.\n";
      session_.err.flush();
    }
    told_ = true;
    api_.Reset();
    session_.sleep(wait_);
    waited_ += wait_;
    wait_ = std::min(wait_ * 2, kLongestWait);
  }

  Api& api_;
  Session& session_;
  std::ostream& out_;
  const FollowRequest& request_;
  std::string after_;
  bool connected_ = false;
  bool progressed_ = false;
  bool ended_ = false;
  bool told_ = false;
  milliseconds wait_{100};
  milliseconds waited_{0};
};

}  // namespace

Result<std::string> FollowJob(Api& api, Session& session, std::ostream& out,
                              const FollowRequest& request) {
  Follower follower(api, session, out, request);
  MLENGINE_RETURN_IF_ERROR(follower.Run());
  out.flush();
  api.Reset();  // the follow connection may still be open for more
  // The log ends a moment before the job's end is stored.
  milliseconds waited{0};
  for (milliseconds wait{2};; wait = std::min(wait * 2, milliseconds(500))) {
    MLENGINE_ASSIGN_OR_RETURN(const boost::json::value job,
                              api.Json("GET", api.MlPath({"jobs", request.job})));
    if (!TextAt(job, "endTime").empty()) return TextAt(job, "state");
    if (waited >= kPatience) {
      return UnavailableError("the log of job " + request.job + " has ended but the job is still " +
                              TextAt(job, "state") + "; look again with `mlengine jobs describe`");
    }
    session.sleep(wait);
    waited += wait;
  }
}

}  // namespace mlengine::cli
