#include "logging_api/logs_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/number_text.h"
#include "logging_api/log_names.h"
#include "model/version_log_name.h"

namespace mlengine::logging_api {
namespace {

constexpr int kLargestPage = 1000;

Result<std::size_t> ReadPageSize(const net::Request& request) {
  const std::string_view text = request.Query("pageSize").value_or("");
  const int size = text.empty() ? 0 : ToNumber<int>(text).value_or(-1);
  if (size < 0) return InvalidArgumentError("pageSize: must be 1 to 1000");
  return static_cast<std::size_t>(size == 0 ? 50 : std::min(size, kLargestPage));
}

Result<std::set<std::string>> NamesOf(const LoggingDeps& deps, const std::string& project) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<LoggedJob> jobs, deps.jobs(project));
  std::set<std::string> names;
  for (const LoggedJob& job : jobs) {
    if (!model::ParseVersionLogId(job.job_id))
      names.insert(LogName(project, job.job_id, "service"));
    for (const std::string& task : job.tasks) names.insert(LogName(project, job.job_id, task));
  }
  return names;
}

Result<std::string> List(const LoggingDeps& deps, const net::Request& request) {
  if (request.path_values.size() != 1) return InternalError("the route has no project");
  MLENGINE_ASSIGN_OR_RETURN(const std::size_t size, ReadPageSize(request));
  const std::string token(request.Query("pageToken").value_or(""));
  const Result<std::string> after = Base64Decode(token);
  if (!after.ok()) return InvalidArgumentError("pageToken: not a token of this service");
  MLENGINE_ASSIGN_OR_RETURN(const std::set<std::string> names,
                            NamesOf(deps, request.path_values[0]));
  boost::json::array page;
  auto name = token.empty() ? names.begin() : names.upper_bound(*after);
  for (; name != names.end() && page.size() < size; ++name) page.emplace_back(*name);
  boost::json::object answer;
  if (name != names.end()) answer["nextPageToken"] = Base64Encode(*std::prev(name));
  if (!page.empty()) answer["logNames"] = std::move(page);
  return boost::json::serialize(answer);
}

}  // namespace

net::Handler LogsListHandler(LoggingDeps deps) {
  return [deps = std::move(deps)](net::Request& request) {
    Result<std::string> answer = List(deps, request);
    return answer.ok() ? JsonAnswer(*std::move(answer)) : ErrorAnswer(answer.status());
  };
}

}  // namespace mlengine::logging_api
