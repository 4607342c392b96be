#include "engine_api/estimate_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/prediction_estimate.h"
#include "engine_api/request_body.h"
#include "insight/estimate_report.h"
#include "insight/past_run.h"
#include "wire/codec/json.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::Job;

constexpr int kPiece = 5000;                  // entries of a look at the log
constexpr std::chrono::seconds kLogTime{20};  // for all of it

Result<std::optional<std::int64_t>> StepsOf(const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ReadBody(request, {"steps"}));
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, BodyText(body, "steps"));
  if (text.empty()) return std::optional<std::int64_t>();
  const auto steps = ToNumber<std::int64_t>(text);
  if (!steps || *steps < 1)
    return InvalidArgumentError("steps: must be a whole number, at least 1");
  return steps;
}

Time TimeOf(const google::protobuf::Timestamp& time) {
  return FromUnixNanos(time.seconds() * 1'000'000'000 + time.nanos());
}

// The entries' fields as clients see them.
std::string FieldsOf(const logs::LogEntry& entry) {
  if (entry.json.empty()) return "";
  json::error_code ignored;
  return json::serialize(json::parse(entry.json, ignored));
}

Status ReadLog(logs::LogStore& logs, const logs::JobRef& job, insight::PastRun& past) {
  const auto until = std::chrono::steady_clock::now() + kLogTime;
  logs::LogQuery query;
  query.task_names = {std::string(insight::kSpeakingTask)};
  query.limit = kPiece;
  while (true) {
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<logs::LogEntry> entries, logs.Query(job, query));
    if (entries.empty()) return OkStatus();
    for (const logs::LogEntry& entry : entries)
      past.Add(FromUnixNanos(entry.stamp_ns), entry.message, FieldsOf(entry));
    query.after_stamp_ns = entries.back().stamp_ns;
    if (std::chrono::steady_clock::now() > until) {
      return ResourceExhaustedError("the log of job " + job.job_id +
                                    " is too long to be measured here; `mlengine jobs estimate "
                                    "--from-job=" +
                                    job.job_id + "` takes the time that it needs");
    }
  }
}

Result<insight::MeasuredRun> Measure(const EstimateDeps& deps, const store::JobRecord& record) {
  const Job& job = record.job();
  if (!job.has_start_time()) return insight::HasNotRun(job.job_id(), Job::State_Name(job.state()));
  insight::PastRun past(TimeOf(job.start_time()));
  MLENGINE_RETURN_IF_ERROR(ReadLog(*deps.logs, {record.project(), job.job_id()}, past));
  std::optional<Time> ended;
  if (job.state() == Job::SUCCEEDED) ended = TimeOf(job.end_time());
  const auto tier = job.training_input().scale_tier();
  return past.Measure(job.job_id(), ml::v1::TrainingInput::ScaleTier_Name(tier), ended);
}

Result<std::vector<insight::TierPlan>> Plans(const EstimateDeps& deps,
                                             const store::JobRecord& record,
                                             const std::string& tier) {
  json::object job;
  job["trainingInput"] = json::parse(wire::ToJson(record.job().training_input()));
  job["jobId"] = "estimate_" + RandomHex(8);  // nothing is made of that name
  const auto ask = [&](const json::object& one) -> Result<json::object> {
    MLENGINE_ASSIGN_OR_RETURN(const std::string plan,
                              PlanOf(deps.plans, record.project(), json::serialize(one), 0));
    return json::parse(plan).as_object();
  };
  return insight::AskTiers(job, {tier}, ask);
}

Result<std::string> Estimate(const EstimateDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const auto steps, StepsOf(request));
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob stored,
                            deps.store->Get({request.path_values[0], request.path_values[1]}));
  const Job& job = stored.record.job();
  if (stored.record.has_batch_prediction()) {
    MLENGINE_ASSIGN_OR_RETURN(const json::object estimate, EstimatePrediction(deps, stored.record));
    return json::serialize(estimate);
  }
  if (!job.has_training_input())
    return InvalidArgumentError("job " + job.job_id() + " is not a training job");
  const auto& arguments = job.training_input().args();
  const std::vector<std::string> args(arguments.begin(), arguments.end());
  insight::EstimateInput input;
  input.cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  MLENGINE_ASSIGN_OR_RETURN(input.runs.emplace_back(), Measure(deps, stored.record));
  MLENGINE_ASSIGN_OR_RETURN(input.plans, Plans(deps, stored.record, input.runs[0].tier));
  insight::FindSteps(args, steps, input);
  MLENGINE_RETURN_IF_ERROR(insight::TakeToldSteps(args, input));
  return json::serialize(insight::EstimateReport::Of(input).Json());
}

}  // namespace

void RegisterEstimates(net::Router& router, const EstimateDeps& deps) {
  router.Handle("POST", "/mlengine/v1/projects/{project}/jobs/{job}:estimate",
                [deps](net::Request& request) {
                  const Result<std::string> body = Estimate(deps, request);
                  return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
                });
}

}  // namespace mlengine::engine_api
