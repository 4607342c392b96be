#include "engine_api/job_handler.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/clock.h"
#include "engine_api/html.h"
#include "engine_api/job_phases.h"
#include "wire/codec/error.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

constexpr int kPageEntries = 200;

net::Response ErrorResponse(const Status& status) {
  net::Response response;
  response.status = wire::HttpStatus(status.code());
  response.body = wire::ErrorBody(status);
  return response;
}

net::Response HtmlResponse(std::string body) {
  net::Response response;
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.body = std::move(body);
  return response;
}

json::value ToJsonValue(const google::protobuf::Message& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) return {};
  boost::system::error_code ignored;
  return json::parse(text, ignored);
}

std::string StateName(const store::JobRecord& record) {
  return ml::v1::Job::State_Name(record.job().state());
}

std::string ProjectOf(const net::Request& request) {
  return std::string(request.Query("project").value_or("default"));
}

std::string MillisText(double ms) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.1f ms", ms);
  return buffer;
}

std::string LogTable(const std::vector<logs::LogEntry>& entries) {
  std::string rows;
  for (const logs::LogEntry& entry : entries) {
    rows += "<tr class=\"" + Escape(std::string(SeverityName(entry.severity))) + "\"><td>" +
            FormatTimeSeconds(FromUnixNanos(entry.stamp_ns)) + "</td><td>" +
            Escape(entry.task_name) + "</td><td><pre>" + Escape(entry.message) + "</pre></td></tr>";
  }
  return "<table class=\"log\"><tr><th>time (UTC)</th><th>task</th><th>message</th></tr>" + rows +
         "</table>";
}

std::string JobsPage(const store::ListJobsPage& page, const std::string& project) {
  std::string rows;
  for (const store::StoredJob& job : page.jobs) {
    const std::string id = Escape(job.record.job().job_id());
    rows += "<tr><td><a href=\"/ui/jobs/" + id + "?project=" + Escape(project) + "\">" + id +
            "</a></td><td>" + StateName(job.record) + "</td><td>" +
            FormatTimeSeconds(FromUnixNanos(job.record.create_time_ns())) + "</td></tr>";
  }
  return Page(
      "Jobs of " + project,
      "<table><tr><th>job</th><th>state</th><th>created (UTC)</th></tr>" + rows + "</table>", "");
}

}  // namespace

std::string JobDetailJson(const store::JobRecord& record) {
  json::array phases;
  for (const JobPhase& phase : PhasesOf(record)) {
    json::object item{{"name", phase.name}, {"milliseconds", phase.milliseconds}};
    if (!phase.detail.empty()) item["detail"] = phase.detail;
    phases.push_back(std::move(item));
  }
  json::array attempts;
  for (const auto& attempt : record.attempts()) {
    engine::v1::AttemptRecord shown = attempt;
    shown.clear_launch_token();
    for (auto& replica : *shown.mutable_replicas()) replica.mutable_status()->clear_launch_token();
    attempts.push_back(ToJsonValue(shown));
  }
  return json::serialize(json::object{{"project", record.project()},
                                      {"job", ToJsonValue(record.job())},
                                      {"runtime", record.runtime_name()},
                                      {"phases", std::move(phases)},
                                      {"attempts", std::move(attempts)}});
}

std::string JobPage(const store::JobRecord& record,
                    const std::vector<logs::LogEntry>& newest_last) {
  const ml::v1::Job& job = record.job();
  const auto row = [](const std::string& name, const std::string& value) {
    return value.empty() ? "" : "<tr><th>" + name + "</th><td>" + Escape(value) + "</td></tr>";
  };
  std::string facts = row("state", StateName(record)) + row("project", record.project()) +
                      row("created", FormatTimeSeconds(FromUnixNanos(record.create_time_ns()))) +
                      row("region", job.training_input().region()) +
                      row("module", job.training_input().python_module()) +
                      row("job dir", job.training_input().job_dir()) +
                      row("runtime asked for", job.training_input().runtime_version()) +
                      row("runtime used", record.runtime_name()) +
                      row("error", job.error_message());
  std::string phases;
  for (const JobPhase& phase : PhasesOf(record)) {
    phases += "<tr><th>" + Escape(phase.name) + "</th><td class=\"number\">" +
              MillisText(phase.milliseconds) + "</td><td>" + Escape(phase.detail) + "</td></tr>";
  }
  const bool final = job.has_end_time();
  std::string body = "<table>" + facts + "</table>";
  if (!phases.empty()) body += "<h2>Start</h2><table>" + phases + "</table>";
  body += "<h2>Log</h2>" + LogTable(newest_last);
  return Page("Job " + job.job_id(), body,
              final ? "" : "<meta http-equiv=\"refresh\" content=\"5\">");
}

void RegisterJobs(net::Router& router, store::JobStore& store, logs::LogStore& logs) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}",
                [&store](net::Request& request) {
                  const Result<store::StoredJob> job =
                      store.Get({request.path_values[0], request.path_values[1]});
                  if (!job.ok()) return ErrorResponse(job.status());
                  net::Response response;
                  response.body = JobDetailJson(job->record);
                  return response;
                });
  router.Handle("GET", "/ui/jobs/{job}", [&store, &logs](net::Request& request) {
    const std::string project = ProjectOf(request);
    const Result<store::StoredJob> job = store.Get({project, request.path_values[0]});
    if (!job.ok()) {
      net::Response response =
          HtmlResponse(Page("No such job", "<p>" + Escape(job.status().message()) + "</p>", ""));
      response.status = wire::HttpStatus(job.status().code());
      return response;
    }
    logs::LogQuery query;
    query.newest_first = true;
    query.limit = kPageEntries;
    Result<std::vector<logs::LogEntry>> entries =
        logs.Query({project, request.path_values[0]}, query);
    std::vector<logs::LogEntry> shown;
    if (entries.ok()) shown.assign(entries->rbegin(), entries->rend());
    return HtmlResponse(JobPage(job->record, shown));
  });
  const auto list = [&store](net::Request& request) {
    store::ListJobsQuery query;
    query.project = ProjectOf(request);
    query.page_size = 100;
    const Result<store::ListJobsPage> page = store.List(query);
    return page.ok() ? HtmlResponse(JobsPage(*page, query.project)) : ErrorResponse(page.status());
  };
  router.Handle("GET", "/ui", list);
  router.Handle("GET", "/ui/", list);
  router.Handle("GET", "/", [](net::Request&) {
    net::Response response;
    response.status = 302;
    response.headers.Set("Location", "/ui");
    return response;
  });
}

}  // namespace mlengine::engine_api
