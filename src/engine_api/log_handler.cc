#include "engine_api/log_handler.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/log_download.h"
#include "engine_api/log_follow.h"
#include "engine_api/log_pieces.h"

namespace mlengine::engine_api {
namespace {

using logs::JobRef;
using logs::LogStore;
using logs::StreamRef;

constexpr std::uint64_t kPiece = 256U << 10;  // bytes handed to the server at once
constexpr int kLongestWait = 60;              // seconds

// Which stream a caller asks for; -1: the newest.
struct RawQuery {
  std::string task;
  StreamRef::Kind kind = StreamRef::Kind::kStdout;
  int attempt = -1;
  int restart = -1;
  std::uint64_t offset = 0;  // bytes
};

Result<std::optional<StreamRef>> FindStream(LogStore& store, const JobRef& job,
                                            const RawQuery& query) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<StreamRef> streams, store.Streams(job));
  std::optional<StreamRef> newest;
  for (const StreamRef& stream : streams) {
    const bool fits = TaskName(stream) == query.task && stream.kind == query.kind &&
                      (query.attempt < 0 || stream.attempt == query.attempt) &&
                      (query.restart < 0 || stream.restart == query.restart);
    if (fits && (!newest || std::pair(newest->attempt, newest->restart) <
                                std::pair(stream.attempt, stream.restart))) {
      newest = stream;
    }
  }
  return newest;
}

// The bytes of one stream until nothing is left or, with `follow`, until the log has ended.
class RawBody final : public net::BodyStream {
 public:
  RawBody(LogStore& store, JobRef job, bool follow, RawQuery query)
      : store_(store), job_(std::move(job)), follow_(follow), query_(std::move(query)) {}
  ~RawBody() override {
    if (watch_) store_.Unwatch(*watch_);
  }
  void SetWaker(std::function<void()> waker) override {
    if (follow_) watch_ = store_.Watch(job_, std::move(waker));
  }
  Pull Next(std::string& out) override {
    // Asked before the read: what was there when the log ended is read then.
    const bool ended = store_.Ended(job_);
    Result<std::string> piece = Read();
    if (!piece.ok()) {
      Log(LogLevel::kError, "cannot read a log",
          {{"project", job_.project}, {"job", job_.job_id}, {"error", piece.status().ToString()}});
      return Pull::kFail;
    }
    out = *std::move(piece);
    if (!out.empty()) return Pull::kData;
    return follow_ && !ended ? Pull::kWait : Pull::kEnd;
  }

 private:
  Result<std::string> Read() {
    // A follower may come before the replica's first byte. Once chosen, the stream stays.
    if (!stream_) {
      MLENGINE_ASSIGN_OR_RETURN(stream_, FindStream(store_, job_, query_));
    }
    if (!stream_) return std::string();
    MLENGINE_ASSIGN_OR_RETURN(std::string bytes,
                              store_.ReadRaw(job_, *stream_, query_.offset, kPiece));
    query_.offset += bytes.size();
    return bytes;
  }

  LogStore& store_;
  const JobRef job_;
  const bool follow_;
  RawQuery query_;
  std::optional<StreamRef> stream_;
  std::optional<std::int64_t> watch_;
};

Result<JobRef> FindJob(const LogDeps& deps, const net::Request& request) {
  if (request.path_values.size() != 2) return InternalError("the route has no project and job");
  JobRef job{request.path_values[0], request.path_values[1]};
  if (!deps.job_exists(job.project, job.job_id)) {
    return NotFoundError("job " + job.job_id + " of project " + job.project + " does not exist");
  }
  return job;
}

Result<bool> ReadFollow(const net::Request& request) {
  const std::string_view text = request.Query("follow").value_or("false");
  if (text != "true" && text != "false") {
    return InvalidArgumentError("follow: must be true or false");
  }
  return text == "true";
}

template <typename T>
Status ReadNumber(const net::Request& request, std::string_view name, T& out) {
  const std::optional<std::string_view> text = request.Query(name);
  if (!text || text->empty()) return OkStatus();
  const std::optional<T> value = ToNumber<T>(*text);
  if (!value || text->front() == '-') {
    return InvalidArgumentError(std::string(name) + ": must be a whole number from 0");
  }
  out = *value;
  return OkStatus();
}

enum class LogForm { kLines, kFollowedLines, kEvents, kPoll };

bool WantsEvents(const net::Request& request) {
  const std::string_view accept = request.headers.Get("Accept").value_or("");
  return accept.find("text/event-stream") != std::string_view::npos;
}

Result<LogForm> ReadForm(const net::Request& request) {
  const std::optional<std::string_view> follow = request.Query("follow");
  if (request.Query("wait")) {
    if (follow.value_or("false") != "false")
      return InvalidArgumentError("wait: a log is either followed or waited for; leave one out");
    return LogForm::kPoll;
  }
  if (follow == "sse" || (WantsEvents(request) && follow.value_or("true") == "true"))
    return LogForm::kEvents;
  if (follow.value_or("false") != "true" && follow.value_or("false") != "false")
    return InvalidArgumentError("follow: must be true, false or sse");
  return follow == "true" ? LogForm::kFollowedLines : LogForm::kLines;
}

Result<LogPlace> ReadPlace(const net::Request& request, LogForm form) {
  LogPlace place;
  place.after_insert_id = std::string(request.Query("after").value_or(""));
  // A client that comes again sends the address it began with, and this beside it.
  if (const auto last = request.headers.Get("Last-Event-ID");
      form == LogForm::kEvents && last && !last->empty()) {
    place.after_insert_id = std::string(*last);
  }
  if (const auto task = request.Query("task"); task && !task->empty()) {
    place.task_names = {std::string(*task)};
  }
  return place;
}

// Proxies on the way neither keep nor hold back what is meant for now.
void AddLiveHeaders(net::Headers& headers) {
  headers.Add("Cache-Control", "no-store");
  headers.Add("X-Accel-Buffering", "no");
}

Result<net::Response> MakeLog(const LogDeps& deps, const std::shared_ptr<LogPieces>& pieces,
                              const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const JobRef job, FindJob(deps, request));
  MLENGINE_ASSIGN_OR_RETURN(const LogForm form, ReadForm(request));
  MLENGINE_ASSIGN_OR_RETURN(LogPlace place, ReadPlace(request, form));
  int wait = 0;
  MLENGINE_RETURN_IF_ERROR(ReadNumber(request, "wait", wait));
  if (wait > kLongestWait) {
    return InvalidArgumentError("wait: must be at most " + std::to_string(kLongestWait) +
                                " seconds");
  }
  // An insertId that is none must be told now, not by a cut answer.
  logs::LogQuery probe;
  probe.after_insert_id = place.after_insert_id;
  probe.limit = 1;
  MLENGINE_RETURN_IF_ERROR(deps.store->Scan(job, probe, {.records = 1}).status());
  Followed what{deps.store, pieces, job, std::move(place)};
  net::Response response;
  switch (form) {
    case LogForm::kLines:
    case LogForm::kFollowedLines:
      response.headers.Add("Content-Type", "application/x-ndjson");
      response.stream = EntryLines(std::move(what), form == LogForm::kFollowedLines);
      break;
    case LogForm::kEvents:
      response.headers.Add("Content-Type", "text/event-stream");
      response.stream = EntryEvents(std::move(what), deps.heartbeat);
      break;
    case LogForm::kPoll:
      response.stream = NextEntries(std::move(what), std::chrono::seconds(wait));
      break;
  }
  if (form != LogForm::kLines) AddLiveHeaders(response.headers);
  return response;
}

Result<net::Response> MakeRaw(const LogDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const JobRef job, FindJob(deps, request));
  MLENGINE_ASSIGN_OR_RETURN(const bool follow, ReadFollow(request));
  RawQuery query;
  query.task = std::string(request.Query("task").value_or("master-replica-0"));
  const std::string_view stream = request.Query("stream").value_or("stdout");
  if (stream != "stdout" && stream != "stderr") {
    return InvalidArgumentError("stream: must be stdout or stderr");
  }
  if (stream == "stderr") query.kind = StreamRef::Kind::kStderr;
  MLENGINE_RETURN_IF_ERROR(ReadNumber(request, "attempt", query.attempt));
  MLENGINE_RETURN_IF_ERROR(ReadNumber(request, "restart", query.restart));
  MLENGINE_RETURN_IF_ERROR(ReadNumber(request, "offset", query.offset));
  MLENGINE_ASSIGN_OR_RETURN(const auto found, FindStream(*deps.store, job, query));
  if (!found && (!follow || deps.store->Ended(job))) {
    return NotFoundError("task " + query.task + " of job " + job.job_id +
                         " has no such stream: it printed nothing, or its log was removed");
  }
  net::Response response;
  response.headers.Add("Content-Type", "application/octet-stream");
  response.stream = std::make_unique<RawBody>(*deps.store, job, follow, std::move(query));
  return response;
}

net::Response Answer(Result<net::Response> response) {
  return response.ok() ? *std::move(response) : ErrorAnswer(response.status());
}

}  // namespace

net::Handler LogHandler(LogDeps deps) {
  const auto pieces = std::make_shared<LogPieces>(*deps.store);
  return [deps = std::move(deps), pieces](net::Request& request) {
    Result<net::Response> response = MakeLog(deps, pieces, request);
    return Answer(std::move(response));
  };
}

net::Handler RawLogHandler(LogDeps deps) {
  return [deps = std::move(deps)](net::Request& request) { return Answer(MakeRaw(deps, request)); };
}

void RegisterLogs(net::Router& router, store::JobStore& jobs, logs::LogStore& logs) {
  const LogDeps deps{&logs, [&jobs](const std::string& project, const std::string& job) {
                       return jobs.Get({project, job}).ok();
                     }};
  const std::string log = "/mlengine/v1/projects/{project}/jobs/{job}/log";
  router.Handle(
      "GET", log,
      [entries = LogHandler(deps), file = LogDownloadHandler(deps)](net::Request& request) {
        return request.Query("format") ? file(request) : entries(request);
      });
  router.Handle("GET", log + ":raw", RawLogHandler(deps));
}

}  // namespace mlengine::engine_api
