#include "logging_api/entries_handler.h"

#include <boost/json.hpp>
#include <chrono>
#include <utility>

#include "logging_api/entry_merge.h"
#include "logging_api/entry_sources.h"
#include "logging_api/list_request.h"
#include "logging_api/log_filter.h"
#include "logging_api/log_names.h"
#include "wire/codec/error.h"

namespace mlengine::logging_api {
namespace {

using std::chrono::steady_clock;

// One page in the making.
struct Page {
  std::string entries;
  int count = 0;
  bool more = false;

  void Add(const EntrySource& source, const logs::LogEntry& entry) {
    if (count++ > 0) entries += ',';
    entries += boost::json::serialize(EntryJson(source.project, source.job_id, entry));
  }
  std::string Body(const std::optional<EntryPosition>& reached, bool newest_first) const {
    std::string body = "{";
    if (count > 0) body += "\"entries\":[" + entries + "]";
    if (more && reached) {
      body += std::string(count > 0 ? "," : "") + "\"nextPageToken\":\"" +
              MakePageToken(*reached, newest_first) + "\"";
    }
    return body + "}";
  }
};

Result<std::string> List(const LoggingDeps& deps, const ListRequest& request) {
  const auto end = steady_clock::now() + deps.limits.time;
  MLENGINE_ASSIGN_OR_RETURN(LogFilter filter, LogFilter::Parse(request.filter));
  filter.DropFollowersBound(deps.clock->Now());
  const FilterBounds bounds = filter.bounds();
  MLENGINE_ASSIGN_OR_RETURN(auto sources, SourcesOf(deps, request.projects, bounds));
  MergeQuery query = QueryOf(bounds, request.newest_first);
  query.after = request.after;
  EntryMerge merge(*deps.logs, std::move(sources), std::move(query));
  Page page;
  while (true) {
    const bool full =
        page.count == request.page_size || page.entries.size() >= deps.limits.answer_bytes;
    // Whatever its time, a call comes further than the one before it.
    const bool late = steady_clock::now() >= end && merge.reached() != request.after;
    const std::optional<EntryPosition> reached = merge.reached();
    MLENGINE_ASSIGN_OR_RETURN(const EntryMerge::Step step, merge.Next());
    if (step.end) return page.Body(reached, request.newest_first);
    const bool passes = step.source != nullptr &&
                        filter.Matches(step.source->project, step.source->job_id, step.entry);
    // A full page has a next one only if there is one more entry for it, or no time to look.
    if (late || (full && passes)) {
      page.more = true;
      return page.Body(reached, request.newest_first);
    }
    if (passes) page.Add(*step.source, step.entry);
  }
}

}  // namespace

net::Response JsonAnswer(std::string body) {
  net::Response response;
  response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  response.body = std::move(body);
  return response;
}

net::Response ErrorAnswer(const Status& status) {
  net::Response response = JsonAnswer(wire::ErrorBody(status));
  response.status = wire::HttpStatus(status.code());
  return response;
}

net::Handler EntriesListHandler(LoggingDeps deps) {
  return [deps = std::move(deps)](net::Request& http) {
    const Result<boost::json::object> body = ParseBody(http.body);
    const Result<ListRequest> request =
        body.ok() ? ReadListRequest(*body) : Result<ListRequest>(body.status());
    Result<std::string> answer =
        request.ok() ? List(deps, *request) : Result<std::string>(request.status());
    return answer.ok() ? JsonAnswer(*std::move(answer)) : ErrorAnswer(answer.status());
  };
}

}  // namespace mlengine::logging_api
