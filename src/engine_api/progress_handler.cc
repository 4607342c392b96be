#include "engine_api/progress_handler.h"

#include <boost/json.hpp>
#include <cmath>

#include "engine_api/answer.h"
#include "engine_api/job_price.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

constexpr std::size_t kMostJobs = 200;

std::string TimeText(double unix_seconds) {
  return FormatTimeNanos(FromUnixNanos(std::llround(unix_seconds * 1e9)));
}

// What the job will have cost at its end.
void AddProjection(const store::JobRecord& record, double seconds_left,
                   const policy::PriceBook& prices, Time now, json::object& out,
                   std::string& text) {
  const JobPrice price = PriceOf(prices, record, now);
  if (!price.unknown.empty()) return;
  const double money = price.used.money + price.rate.price_per_hour * seconds_left / 3600;
  const std::string shown = policy::MoneyText(money, price.currency);
  out["projected"] = {{"money", money}, {"currency", price.currency}, {"text", shown}};
  text += ", about " + shown + " in all";
}

Result<std::string> OneJob(const ProgressDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job,
                            deps.store->Get({request.path_values[0], request.path_values[1]}));
  return json::serialize(
      ProgressJson(job.record, deps.progress(job.record), *deps.prices, deps.clock->Now()));
}

Result<std::string> ManyJobs(const ProgressDeps& deps, const net::Request& request) {
  const std::string& project = request.path_values[0];
  std::vector<store::JobKey> keys;
  for (const auto& [name, value] : request.query) {
    if (name == "job") keys.push_back({project, value});
  }
  if (keys.size() > kMostJobs)
    return InvalidArgumentError("job: at most " + std::to_string(kMostJobs) + " at once");
  if (keys.empty()) keys = deps.running(project);
  json::array jobs;
  for (const store::JobKey& key : keys) {
    const Result<store::StoredJob> job = deps.store->Get(key);
    if (job.status().code() == StatusCode::kNotFound) continue;
    if (!job.ok()) return job.status();
    jobs.push_back(
        ProgressJson(job->record, deps.progress(job->record), *deps.prices, deps.clock->Now()));
  }
  return json::serialize(json::object{{"jobs", std::move(jobs)}});
}

net::Response Answered(const Result<std::string>& body) {
  return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
}

}  // namespace

json::object ProgressJson(const store::JobRecord& record, const insight::JobProgress& progress,
                          const policy::PriceBook& prices, Time now) {
  json::object out{{"job", record.job().job_id()},
                   {"state", ml::v1::Job::State_Name(record.job().state())}};
  std::string text = insight::ProgressText(progress);
  if (progress.done) {
    out["done"] = std::to_string(*progress.done);
    out["unit"] = progress.unit;
    out["source"] = progress.source;
  }
  if (progress.total) {
    out["total"] = std::to_string(*progress.total);
    out["percent"] =
        std::min(100.0, 100.0 * static_cast<double>(*progress.done) /
                            static_cast<double>(std::max<std::int64_t>(*progress.total, 1)));
  }
  if (progress.per_second) out["perSecond"] = *progress.per_second;
  if (progress.seconds_left) {
    out["secondsLeft"] = *progress.seconds_left;
    AddProjection(record, *progress.seconds_left, prices, now, out, text);
  }
  if (progress.last_seen) out["lastSeen"] = TimeText(*progress.last_seen);
  if (progress.stalled_since) out["stalledSince"] = TimeText(*progress.stalled_since);
  if (!progress.unknown.empty()) out["unknown"] = progress.unknown;
  out["text"] = text;
  out["short"] = insight::ShortProgress(progress);
  return out;
}

void RegisterProgress(net::Router& router, const ProgressDeps& deps) {
  const std::string project = "/mlengine/v1/projects/{project}";
  router.Handle("GET", project + "/jobs/{job}/progress",
                [deps](net::Request& request) { return Answered(OneJob(deps, request)); });
  router.Handle("GET", project + "/progress",
                [deps](net::Request& request) { return Answered(ManyJobs(deps, request)); });
}

}  // namespace mlengine::engine_api
