#include "logging_api/tail_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "logging_api/entry_sources.h"
#include "logging_api/list_request.h"
#include "logging_api/log_filter.h"
#include "logging_api/log_names.h"

namespace mlengine::logging_api {
namespace {

constexpr std::size_t kPiece = 256U << 10;  // bytes handed to the server at once

// What the listeners tell, from their own threads; outlives the body for a call that is under way.
struct Signals {
  std::mutex mutex;
  std::set<logs::JobRef> grown;    // logs
  std::set<logs::JobRef> changed;  // jobs, new ones too
  std::function<void()> waker;

  void Tell(std::set<logs::JobRef>& of, logs::JobRef job) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex);
      of.insert(std::move(job));
      wake = waker;
    }
    if (wake) wake();
  }
};

class TailBody final : public net::BodyStream {
 public:
  TailBody(LoggingDeps deps, std::vector<std::string> projects, LogFilter filter)
      : deps_(std::move(deps)),
        projects_(std::move(projects)),
        filter_(std::move(filter)),
        bounds_(filter_.bounds()),
        start_ns_(ToUnixNanos(deps_.clock->Now())) {}
  ~TailBody() override {
    if (jobs_watch_) deps_.unwatch_jobs(*jobs_watch_);
    for (const auto& [job, follow] : follows_) {
      if (follow.watch) deps_.logs->Unwatch(*follow.watch);
    }
  }

  // The jobs that run; others come by the watch.
  Status Open() {
    if (!bounds_.jobs) {
      const auto listener = [signals = signals_, projects = projects_](const std::string& project,
                                                                       const std::string& job) {
        if (std::find(projects.begin(), projects.end(), project) != projects.end())
          signals->Tell(signals->changed, {project, job});
      };
      jobs_watch_ = deps_.watch_jobs(listener);
    }
    FilterBounds now = bounds_;
    now.least_stamp_ns = std::max(now.least_stamp_ns, start_ns_);
    MLENGINE_ASSIGN_OR_RETURN(const auto sources, SourcesOf(deps_, projects_, now));
    for (const EntrySource& source : sources) Follow({source.project, source.job_id});
    return OkStatus();
  }

  void SetWaker(std::function<void()> waker) override {
    const std::lock_guard lock(signals_->mutex);
    signals_->waker = std::move(waker);
  }

  Pull Next(std::string& out) override {
    if (!begun_) {
      begun_ = true;
      out = "[{}";
      return Pull::kData;
    }
    TakeSignals();
    while (!grown_.empty()) {
      const logs::JobRef job = *grown_.begin();
      const Result<bool> more = Read(job, out);
      if (!more.ok()) {
        Log(LogLevel::kError, "cannot tail a log",
            {{"project", job.project}, {"job", job.job_id}, {"error", more.status().ToString()}});
        return Pull::kFail;
      }
      if (!*more) grown_.erase(job);
      if (!out.empty()) return Pull::kData;
    }
    return Pull::kWait;
  }

 private:
  struct Followed {
    std::optional<std::int64_t> watch;  // unset: the log has ended
    std::int64_t after_stamp_ns = 0;
  };

  void Follow(const logs::JobRef& job) {
    if (follows_.contains(job)) return;
    const auto tell = [signals = signals_, job] { signals->Tell(signals->grown, job); };
    follows_[job] = {deps_.logs->Watch(job, tell), start_ns_ - 1};
    grown_.insert(job);
  }

  void TakeSignals() {
    std::set<logs::JobRef> changed;
    {
      const std::lock_guard lock(signals_->mutex);
      grown_.merge(std::exchange(signals_->grown, {}));
      changed = std::exchange(signals_->changed, {});
    }
    for (const logs::JobRef& job : changed) Follow(job);
  }

  // One piece of a job's log; true when it has more.
  Result<bool> Read(const logs::JobRef& job, std::string& out) {
    Followed& follow = follows_[job];
    // Asked before the read: what was there when the log ended is read then.
    const bool ended = deps_.logs->Ended(job);
    logs::LogQuery query;
    query.after_stamp_ns = follow.after_stamp_ns;
    query.byte_limit = kPiece;
    query.limit = 256;
    MLENGINE_ASSIGN_OR_RETURN(const logs::LogScan scan, deps_.logs->Scan(job, query, {}));
    if (scan.reached) follow.after_stamp_ns = *scan.reached;
    std::string entries;
    for (const logs::LogEntry& entry : scan.entries) {
      if (!filter_.Matches(job.project, job.job_id, entry)) continue;
      if (!entries.empty()) entries += ',';
      entries += boost::json::serialize(EntryJson(job.project, job.job_id, entry));
    }
    if (!entries.empty()) out = ",\n{\"entries\":[" + entries + "]}";
    if (scan.end && ended && follow.watch) {
      deps_.logs->Unwatch(*follow.watch);
      follow.watch.reset();
    }
    return !scan.end;
  }

  const LoggingDeps deps_;
  const std::vector<std::string> projects_;
  const LogFilter filter_;
  const FilterBounds bounds_;
  const std::int64_t start_ns_;
  const std::shared_ptr<Signals> signals_ = std::make_shared<Signals>();
  std::optional<std::int64_t> jobs_watch_;
  std::map<logs::JobRef, Followed> follows_;
  std::set<logs::JobRef> grown_;
  bool begun_ = false;
};

Result<net::Response> Tail(const LoggingDeps& deps, const std::string& text) {
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::object body, ParseBody(text));
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::string> projects, ReadProjects(body));
  MLENGINE_ASSIGN_OR_RETURN(const std::string filter_text, ReadFilter(body));
  MLENGINE_ASSIGN_OR_RETURN(LogFilter filter, LogFilter::Parse(filter_text));
  auto tail = std::make_unique<TailBody>(deps, std::move(projects), std::move(filter));
  MLENGINE_RETURN_IF_ERROR(tail->Open());
  net::Response response = JsonAnswer("");
  response.stream = std::move(tail);
  return response;
}

}  // namespace

net::Handler EntriesTailHandler(LoggingDeps deps) {
  return [deps = std::move(deps)](net::Request& request) {
    Result<net::Response> response = Tail(deps, request.body);
    return response.ok() ? *std::move(response) : ErrorAnswer(response.status());
  };
}

}  // namespace mlengine::logging_api
