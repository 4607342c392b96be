#include "engine_api/log_download.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine_api/answer.h"
#include "engine_api/log_line.h"
#include "net/byte_range.h"

namespace mlengine::engine_api {
namespace {

using logs::JobRef;
using logs::LogStore;

constexpr std::uint64_t kPiece = 256U << 10;  // bytes of messages read at once

struct Download {
  JobRef job;
  bool json = false;
  std::string task;     // "": all
  std::string last_id;  // insertId of the newest entry now; "": there is none
};

// The file from its start, piece by piece.
class LogFile {
 public:
  LogFile(LogStore& store, Download what) : store_(store), what_(std::move(what)) {
    if (!what_.task.empty()) query_.task_names = {what_.task};
    query_.byte_limit = kPiece;
    end_ = what_.last_id.empty();
  }
  // "" at the end.
  Result<std::string> Next() {
    std::string out;
    while (out.empty() && !end_) {
      MLENGINE_ASSIGN_OR_RETURN(const auto entries, store_.Query(what_.job, query_));
      end_ = entries.empty();
      for (const logs::LogEntry& entry : entries) {
        end_ = entry.insert_id > what_.last_id;
        if (end_) break;
        out += what_.json ? JsonLine(entry) : TextLines(entry);
        query_.after_insert_id = entry.insert_id;
      }
    }
    return out;
  }

 private:
  LogStore& store_;
  const Download what_;
  logs::LogQuery query_;
  bool end_ = false;
};

class DownloadBody final : public net::BodyStream {
 public:
  DownloadBody(LogStore& store, const Download& what, net::ByteRange range)
      : file_(store, what),
        what_(what),
        whole_(range.count == UINT64_MAX),
        skip_(range.first),
        left_(range.count) {}

  Pull Next(std::string& out) override {
    while (left_ > 0) {
      Result<std::string> piece = file_.Next();
      if (!piece.ok()) {
        Log(LogLevel::kError, "cannot read a log",
            {{"project", what_.job.project},
             {"job", what_.job.job_id},
             {"error", piece.status().ToString()}});
        return Pull::kFail;
      }
      if (piece->empty()) return whole_ ? Pull::kEnd : Pull::kFail;
      const std::uint64_t drop = std::min<std::uint64_t>(skip_, piece->size());
      skip_ -= drop;
      out = piece->substr(drop, left_);
      if (!whole_) left_ -= out.size();
      if (!out.empty()) return Pull::kData;
    }
    return Pull::kEnd;
  }

 private:
  LogFile file_;
  const Download what_;
  const bool whole_;  // its length was not told
  std::uint64_t skip_;
  std::uint64_t left_;
};

Result<Download> ReadRequest(const LogDeps& deps, const net::Request& request) {
  if (request.path_values.size() != 2) return InternalError("the route has no project and job");
  Download what;
  what.job = {request.path_values[0], request.path_values[1]};
  if (!deps.job_exists(what.job.project, what.job.job_id)) {
    return NotFoundError("job " + what.job.job_id + " of project " + what.job.project +
                         " does not exist");
  }
  const std::string_view format = request.Query("format").value_or("");
  if (format != "text" && format != "jsonl") {
    return InvalidArgumentError("format: must be text or jsonl");
  }
  if (request.Query("follow").value_or("false") != "false") {
    return InvalidArgumentError("follow: a log that is followed has no format; leave one out");
  }
  what.json = format == "jsonl";
  what.task = std::string(request.Query("task").value_or(""));
  logs::LogQuery newest;
  newest.newest_first = true;
  newest.limit = 1;
  MLENGINE_ASSIGN_OR_RETURN(const auto entries, deps.store->Query(what.job, newest));
  if (!entries.empty()) what.last_id = entries[0].insert_id;
  return what;
}

Result<std::uint64_t> CountBytes(LogStore& store, const Download& what) {
  LogFile file(store, what);
  std::uint64_t total = 0;
  while (true) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string piece, file.Next());
    if (piece.empty()) return total;
    total += piece.size();
  }
}

// A part, where one is asked for.
Result<net::Response> MakeAnswer(const LogDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const Download what, ReadRequest(deps, request));
  net::Response response;
  response.headers.Add("Content-Type",
                       what.json ? "application/x-ndjson" : "text/plain; charset=utf-8");
  response.headers.Add("Content-Disposition", "attachment; filename=\"" + what.job.job_id +
                                                  (what.json ? ".jsonl\"" : ".log\""));
  response.headers.Add("Accept-Ranges", "bytes");
  net::ByteRange range{0, UINT64_MAX};
  // Whether the file is still the same one is not for us to say: then the whole is right.
  if (request.headers.Get("Range") && !request.headers.Get("If-Range")) {
    MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t total, CountBytes(*deps.store, what));
    const auto part = net::ParseRange(request.headers.Get("Range"), total);
    if (!part.ok()) {
      response = ErrorAnswer(part.status());
      response.status = 416;
      response.headers.Add("Content-Range", "bytes */" + std::to_string(total));
      return response;
    }
    if (*part) {
      range = **part;
      response.status = 206;
      response.stream_length = range.count;
      response.headers.Add("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                std::to_string(range.first + range.count - 1) +
                                                "/" + std::to_string(total));
    }
  }
  response.stream = std::make_unique<DownloadBody>(*deps.store, what, range);
  return response;
}

}  // namespace

net::Handler LogDownloadHandler(LogDeps deps) {
  return [deps = std::move(deps)](net::Request& request) {
    Result<net::Response> response = MakeAnswer(deps, request);
    return response.ok() ? *std::move(response) : ErrorAnswer(response.status());
  };
}

}  // namespace mlengine::engine_api
