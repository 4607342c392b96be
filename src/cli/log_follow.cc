#include "cli/log_follow.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <ostream>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/line_splitter.h"
#include "cli/session.h"
#include "cli/status_line.h"

namespace mlengine::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};
constexpr milliseconds kLongestWait{2'000};
constexpr milliseconds kSilence{300'000};  // a quiet job is asked for again, unseen by the user

// A streamed answer that is asked for again, behind what was taken, until it is whole.
class Follower {
 public:
  Follower(Api& api, Session& session, std::ostream& out)
      : api_(api), session_(session), out_(out) {}
  virtual ~Follower() = default;

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

 protected:
  virtual std::string Target() const = 0;
  // One connection's bytes begin, come, and end with a whole answer.
  virtual void Begin() = 0;
  virtual void Take(std::string_view bytes) = 0;
  virtual void Whole() {}

  std::string JobTarget(const std::string& job) const { return api_.OwnPath({"jobs", job}); }

  Api& api_;
  Session& session_;
  std::ostream& out_;
  bool progressed_ = false;
  bool ended_ = false;
  StatusLine* line_ = nullptr;  // where there is one

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
    call.target = Target();
    Begin();
    const auto on_data = [&](std::string_view bytes) {
      connected_ = true;
      if (line_ == nullptr) {
        Take(bytes);
        out_.flush();
      } else {
        line_->Print([this, bytes] { Take(bytes); });
      }
      return !ended_;
    };
    const Result<net::ClientResponse> response = api_.Stream(call, on_data, kSilence);
    if (ended_) return OkStatus();
    if (!response.ok()) return response.status();
    if (response->status / 100 == 5)
      return UnavailableError(ErrorFromResponse(*response).message());
    if (response->status / 100 != 2) return ErrorFromResponse(*response);
    connected_ = true;
    Whole();
    return OkStatus();
  }

  void Wait() {
    const auto tell = [this] {
      session_.err << "The connection to " << api_.endpoint() << " was cut; trying again for up to "
                   << kPatience.count() / 1000 << " s. The job goes on.\n";
      session_.err.flush();
    };
    if (!told_ && line_ != nullptr) {
      line_->Print(tell);
    } else if (!told_) {
      tell();
    }
    told_ = true;
    api_.Reset();
    session_.sleep(wait_);
    waited_ += wait_;
    wait_ = std::min(wait_ * 2, kLongestWait);
  }

  bool connected_ = false;
  bool told_ = false;
  milliseconds wait_{100};
  milliseconds waited_{0};
};

class EntryFollower final : public Follower {
 public:
  EntryFollower(Api& api, Session& session, std::ostream& out, const FollowRequest& request,
                StatusLine* line)
      : Follower(api, session, out), request_(request) {
    line_ = line;
  }

 private:
  std::string Target() const override {
    return JobTarget(request_.job) + "/log?follow=true" +
           (after_.empty() ? "" : "&after=" + PercentEncode(after_));
  }
  // Half a line of a cut connection comes again as a whole one.
  void Begin() override {
    lines_.emplace([this](std::string_view line) { TakeLine(line); });
  }
  void Take(std::string_view bytes) override { lines_->Add(bytes); }

  void TakeLine(std::string_view line) {
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

  const FollowRequest& request_;
  std::optional<LineSplitter> lines_;
  std::string after_;
};

class RawFollower final : public Follower {
 public:
  RawFollower(Api& api, Session& session, std::ostream& out, const RawRequest& request)
      : Follower(api, session, out), request_(request) {}

 private:
  std::string Target() const override {
    return JobTarget(request_.job) +
           "/log:raw?follow=true&task=" + PercentEncode(request_.task_name) +
           "&stream=" + request_.stream + "&offset=" + std::to_string(offset_);
  }
  void Begin() override {}
  void Take(std::string_view bytes) override {
    out_ << bytes;
    offset_ += bytes.size();
    progressed_ = true;
  }
  // A server that stops also ends its answers properly: only a job that has ended has no more
  // bytes. Its end is stored a moment after its log's.
  void Whole() override {
    api_.Reset();
    for (milliseconds wait{2}; !ended_ && wait < milliseconds(2'000); wait *= 2) {
      const Result<boost::json::value> job = api_.Json("GET", api_.MlPath({"jobs", request_.job}));
      if (!job.ok()) return;
      ended_ = !TextAt(*job, "endTime").empty();
      if (!ended_) session_.sleep(wait);
    }
  }

  const RawRequest& request_;
  std::uint64_t offset_ = 0;
};

// The state of a job whose log has ended: that happens a moment before the end is stored.
Result<std::string> FinalState(Api& api, Session& session, const std::string& job_id) {
  api.Reset();  // the follow connection may still be open for more
  milliseconds waited{0};
  for (milliseconds wait{2};; wait = std::min(wait * 2, milliseconds(500))) {
    const Result<boost::json::value> job = api.Json("GET", api.MlPath({"jobs", job_id}));
    // A server may be killed in just that moment.
    const bool gone = job.status().code() == StatusCode::kUnavailable;
    if (!job.ok() && (!gone || waited >= kPatience)) return job.status();
    if (job.ok() && !TextAt(*job, "endTime").empty()) return TextAt(*job, "state");
    if (waited >= kPatience) {
      return UnavailableError("the log of job " + job_id + " has ended but the job is still " +
                              TextAt(*job, "state") + "; look again with `mlengine jobs describe`");
    }
    if (gone) api.Reset();
    session.sleep(wait);
    waited += wait;
  }
}

}  // namespace

Result<std::string> FollowJob(Api& api, Session& session, std::ostream& out,
                              const FollowRequest& request) {
  {
    std::optional<StatusLine> line;
    if (request.status) line.emplace(out, session.columns, request.status);
    EntryFollower follower(api, session, out, request, line ? &*line : nullptr);
    MLENGINE_RETURN_IF_ERROR(follower.Run());
  }
  out.flush();
  return FinalState(api, session, request.job);
}

Result<std::string> FollowRaw(Api& api, Session& session, std::ostream& out,
                              const RawRequest& request) {
  RawFollower follower(api, session, out, request);
  MLENGINE_RETURN_IF_ERROR(follower.Run());
  out.flush();
  return FinalState(api, session, request.job);
}

}  // namespace mlengine::cli
