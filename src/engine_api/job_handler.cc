#include "engine_api/job_handler.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>

#include "engine_api/answer.h"
#include "engine_api/job_phases.h"
#include "engine_api/job_price.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

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

// What is counted while the job runs is stored with its end.
void AddPredictionCounts(const JobDeps& deps, store::JobRecord& record) {
  if (!deps.prediction_counts || !record.has_batch_prediction() || record.attempts().empty() ||
      record.job().has_end_time())
    return;
  ml::v1::PredictionOutput& output = *record.mutable_job()->mutable_prediction_output();
  const std::string path = output.output_path();
  output = deps.prediction_counts(record);
  output.set_output_path(path);
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
    Result<store::StoredJob> job =
        deps.store->Get({request.path_values[0], request.path_values[1]});
    if (!job.ok()) return ErrorAnswer(job.status());
    AddPredictionCounts(deps, job->record);
    const Time now = deps.clock->Now();
    std::vector<policy::BudgetState> budgets;
    if (deps.allowance != nullptr) budgets = deps.allowance->BudgetsOf(job->record, now);
    return JsonAnswer(JobDetailJson(job->record, *deps.prices, budgets, now));
  });
}

}  // namespace mlengine::engine_api
