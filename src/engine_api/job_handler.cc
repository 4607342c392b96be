#include "engine_api/job_handler.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>

#include "engine_api/answer.h"
#include "engine_api/html.h"
#include "engine_api/job_pages.h"
#include "engine_api/job_phases.h"
#include "engine_api/job_price.h"
#include "wire/codec/error.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

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

json::array BudgetsJson(const std::vector<policy::BudgetState>& budgets) {
  json::array list;
  for (const policy::BudgetState& state : budgets) {
    list.push_back({{"budget", state.budget.name},
                    {"source", state.budget.source},
                    {"warnPercent", state.budget.warn_percent},
                    {"text", policy::BudgetText(state)}});
  }
  return list;
}

std::string ProjectOf(const net::Request& request) {
  return std::string(request.Query("project").value_or("default"));
}

}  // namespace

std::string JobDetailJson(const store::JobRecord& record, const policy::PriceBook& prices,
                          const std::vector<policy::BudgetState>& budgets, Time now) {
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
    for (auto& replica : *shown.mutable_replicas()) {
      replica.mutable_status()->clear_launch_token();
      for (auto& earlier : *replica.mutable_earlier()) earlier.clear_launch_token();
    }
    attempts.push_back(ToJsonValue(shown));
  }
  return json::serialize(json::object{{"project", record.project()},
                                      {"job", ToJsonValue(record.job())},
                                      {"runtime", record.runtime_name()},
                                      {"price", PriceJson(PriceOf(prices, record, now))},
                                      {"budgets", BudgetsJson(budgets)},
                                      {"phases", std::move(phases)},
                                      {"attempts", std::move(attempts)}});
}

void RegisterJobs(net::Router& router, const JobDeps& deps) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}", [deps](net::Request& request) {
    const Result<store::StoredJob> job =
        deps.store->Get({request.path_values[0], request.path_values[1]});
    if (!job.ok()) return ErrorAnswer(job.status());
    const Time now = deps.clock->Now();
    std::vector<policy::BudgetState> budgets;
    if (deps.allowance != nullptr) budgets = deps.allowance->BudgetsOf(job->record, now);
    return JsonAnswer(JobDetailJson(job->record, *deps.prices, budgets, now));
  });
  router.Handle("GET", "/ui/jobs/{job}", [deps](net::Request& request) {
    const std::string project = ProjectOf(request);
    const Result<store::StoredJob> job = deps.store->Get({project, request.path_values[0]});
    if (!job.ok()) {
      net::Response response =
          HtmlResponse(Page("No such job", "<p>" + Escape(job.status().message()) + "</p>", ""));
      response.status = wire::HttpStatus(job.status().code());
      return response;
    }
    logs::LogQuery query;
    query.newest_first = true;
    query.limit = kLogEntriesShown;
    Result<std::vector<logs::LogEntry>> entries =
        deps.logs->Query({project, request.path_values[0]}, query);
    std::vector<logs::LogEntry> shown;
    if (entries.ok()) shown.assign(entries->rbegin(), entries->rend());
    return HtmlResponse(
        JobPage(job->record, shown, PriceOf(*deps.prices, job->record, deps.clock->Now())));
  });
  const auto list = [deps](net::Request& request) {
    store::ListJobsQuery query;
    query.project = ProjectOf(request);
    query.page_size = 100;
    query.page_token = std::string(request.Query("pageToken").value_or(""));
    const Result<store::ListJobsPage> page = deps.store->List(query);
    return page.ok() ? HtmlResponse(JobsPage(*page, query.project)) : ErrorAnswer(page.status());
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
