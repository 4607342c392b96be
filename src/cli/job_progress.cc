#include "cli/job_progress.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "base/digest.h"

namespace mlengine::cli {
namespace {

using boost::json::value;

// A request's line is bounded, and so is what the door takes at once.
constexpr std::size_t kJobsAtOnce = 100;
constexpr std::size_t kLongestTarget = 4000;

}  // namespace

ShownProgress ProgressOf(Api& api, const std::string& job) {
  net::ClientRequest request;
  request.target = api.OwnPath({"jobs", job, "progress"});
  const Result<net::ClientResponse> response = api.Call(request);
  if (!response.ok() || response->status != 200) return {};
  boost::system::error_code failed;
  const value answer = boost::json::parse(response->body, failed);
  if (failed || !answer.is_object()) return {};
  return {TextAt(answer, "text"), TextAt(answer, "state")};
}

bool AddProgress(Api& api, boost::json::array& jobs) {
  std::map<std::string, std::string, std::less<>> found;
  for (std::size_t from = 0; from < jobs.size();) {
    std::string target = api.OwnPath({"progress"});
    char mark = '?';
    std::size_t count = 0;
    for (; from < jobs.size() && count < kJobsAtOnce && target.size() < kLongestTarget;
         ++from, ++count) {
      target += mark + ("job=" + PercentEncode(TextAt(jobs[from], "jobId")));
      mark = '&';
    }
    const Result<value> answer = api.Json("GET", target);
    if (!answer.ok() || !answer->is_object()) return false;
    const value* list = answer->get_object().if_contains("jobs");
    if (list == nullptr || !list->is_array()) return false;
    for (const value& one : list->get_array()) {
      if (const std::string job = TextAt(one, "job"); !job.empty())
        found[job] = TextAt(one, "short");
    }
  }
  for (value& job : jobs) {
    const auto progress = found.find(TextAt(job, "jobId"));
    if (progress != found.end() && job.is_object())
      job.get_object()[kProgressField] = progress->second;
  }
  return !found.empty();
}

}  // namespace mlengine::cli
