#include "engine_api/old_links.h"

#include "base/digest.h"
#include "engine_api/html.h"

namespace mlengine::engine_api {
namespace {

// `path`: of a page, below /ui, encoded; `word`: one more of the query, as "&tab=charts".
net::Response PageOf(const net::Request& request, const std::string& path,
                     std::string_view word = "") {
  const std::string_view project = request.Query("project").value_or("default");
  net::Response response;
  // Not kept by browsers: the pages may move.
  response.status = 302;
  // Both are encoded, so the address stays on this host and the header on one line.
  response.headers.Set("Location", "/ui/" + path + "?project=" +
                                       PercentEncode(std::string(project)) + std::string(word));
  return response;
}

std::string JobPath(const std::string& job) {
  return "jobs/" + PercentEncode(job);
}

net::Response NoJobNamed() {
  net::Response response;
  response.status = 400;
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.body = Page("This link names no job",
                       "<p>A link to a job's log looks like "
                       "<code>/logs?resource=ml_job/job_id/JOB&amp;project=PROJECT</code>. "
                       "All jobs are on <a href=\"/ui\">the list</a>.</p>",
                       "");
  return response;
}

}  // namespace

std::optional<std::string> JobOfLogResource(std::string_view resource) {
  for (const std::string_view type : {"ml_job/", "ml.googleapis.com/"}) {
    if (!resource.starts_with(type)) continue;
    resource.remove_prefix(type.size());
    static constexpr std::string_view kLabel = "job_id/";
    if (!resource.starts_with(kLabel)) return {};
    resource.remove_prefix(kLabel.size());
    const std::string_view job = resource.substr(0, resource.find('/'));
    if (job.empty()) return {};
    return std::string(job);
  }
  return {};
}

void RegisterOldLinks(net::Router& router) {
  const auto job_page = [](net::Request& request) {
    const bool charts =
        request.path_values.size() > 1 && request.path_values[1].starts_with("charts");
    return PageOf(request, JobPath(request.path_values[0]), charts ? "&tab=charts" : "");
  };
  for (const std::string path : {"/mlengine/jobs/{job}", "/ml/jobs/{job}"}) {
    router.Handle("GET", path, job_page);
    router.Handle("GET", path + "/{page=**}", job_page);
  }
  const auto log_page = [](net::Request& request) {
    const auto job = JobOfLogResource(request.Query("resource").value_or(""));
    return job ? PageOf(request, JobPath(*job) + "/log") : NoJobNamed();
  };
  router.Handle("GET", "/logs", log_page);
  router.Handle("GET", "/logs/viewer", log_page);
  router.Handle("GET", "/mlengine/models",
                [](net::Request& request) { return PageOf(request, "models"); });
  const auto model_page = [](net::Request& request) {
    return PageOf(request, "models/" + PercentEncode(request.path_values[0]));
  };
  router.Handle("GET", "/mlengine/models/{model}", model_page);
  router.Handle("GET", "/mlengine/models/{model}/{page=**}", model_page);
}

}  // namespace mlengine::engine_api
