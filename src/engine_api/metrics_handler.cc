#include "engine_api/metrics_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/metric_folders.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

constexpr std::int64_t kMostPoints = 10'000;
// Of one kind; a request's line is bounded anyway.
constexpr std::size_t kMostPatterns = 100;

json::value Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

json::object SeriesJson(const metrics::RunSeries& series) {
  json::object out{{"run", wire::ToValidUtf8(series.run)},
                   {"tag", wire::ToValidUtf8(series.tag)},
                   {"count", std::to_string(series.summary.count)}};
  if (series.summary.least) out["min"] = *series.summary.least;
  if (series.summary.greatest) out["max"] = *series.summary.greatest;
  if (series.summary.first_not_finite) {
    out["nonFinite"] =
        json::object{{"count", std::to_string(series.summary.not_finite)},
                     {"firstStep", std::to_string(*series.summary.first_not_finite)}};
  }
  json::array points;
  points.reserve(series.points.size());
  for (const insight::MetricPoint& point : series.points) {
    points.push_back(json::object{{"step", std::to_string(point.step)},
                                  {"time", FormatTimeNanos(point.time)},
                                  {"value", Number(point.value)}});
  }
  out["points"] = std::move(points);
  return out;
}

Result<std::optional<std::int64_t>> ReadNumber(const net::Request& request, std::string_view name) {
  const std::optional<std::string_view> text = request.Query(name);
  if (!text || text->empty()) return std::optional<std::int64_t>();
  const auto value = ToNumber<std::int64_t>(*text);
  if (!value) return InvalidArgumentError(std::string(name) + ": must be a whole number");
  return value;
}

Result<metrics::MetricQuery> ReadQuery(const net::Request& request) {
  metrics::MetricQuery query;
  for (const auto& [name, value] : request.query) {
    if (name == "tag") query.tags.push_back(value);
    if (name == "run") query.runs.push_back(value);
  }
  if (query.tags.size() > kMostPatterns || query.runs.size() > kMostPatterns) {
    return InvalidArgumentError("tag, run: at most " + std::to_string(kMostPatterns) +
                                " of each; \"PREFIX*\" stands for many");
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto points, ReadNumber(request, "points"));
  if (points && (*points < 1 || *points > kMostPoints))
    return InvalidArgumentError("points: must be from 1 to " + std::to_string(kMostPoints));
  if (points) query.points = static_cast<std::size_t>(*points);
  MLENGINE_ASSIGN_OR_RETURN(query.after_step, ReadNumber(request, "since_step"));
  return query;
}

enum class Source { kEvents, kResources, kAll };

Result<Source> ReadSource(const net::Request& request) {
  const std::string_view name = request.Query("source").value_or("events");
  if (name == "events" || name.empty()) return Source::kEvents;
  if (name == "resources") return Source::kResources;
  if (name == "all") return Source::kAll;
  return InvalidArgumentError("source: must be events, resources or all");
}

Status AddResources(const MetricsDeps& deps, const store::JobKey& key,
                    const store::JobRecord& record, const metrics::MetricQuery& query,
                    metrics::MetricAnswer& answer) {
  MLENGINE_ASSIGN_OR_RETURN(metrics::MetricAnswer used,
                            deps.metrics->ReadSamples(key.project + "/" + key.job_id,
                                                      SampleSources(record, deps.jobs_dir), query));
  std::ranges::move(used.series, std::back_inserter(answer.series));
  std::ranges::move(used.warnings, std::back_inserter(answer.warnings));
  return OkStatus();
}

Result<std::string> Metrics(const MetricsDeps& deps, const net::Request& request) {
  const store::JobKey key{request.path_values[0], request.path_values[1]};
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, deps.store->Get(key));
  MLENGINE_ASSIGN_OR_RETURN(const metrics::MetricQuery query, ReadQuery(request));
  MLENGINE_ASSIGN_OR_RETURN(const Source source, ReadSource(request));
  metrics::MetricAnswer answer;
  if (source != Source::kResources) {
    MLENGINE_ASSIGN_OR_RETURN(answer,
                              deps.metrics->Read(key.project + "/" + key.job_id,
                                                 MetricFolders(job.record, deps.jobs_dir), query));
  }
  if (source != Source::kResources && answer.series.empty() &&
      job.record.job().training_input().job_dir().empty()) {
    answer.warnings.emplace_back(
        "The job has no job-dir; only the folders that its arguments name and its working folders "
        "were searched.");
  }
  if (source != Source::kEvents)
    MLENGINE_RETURN_IF_ERROR(AddResources(deps, key, job.record, query, answer));
  return MetricsJson(answer);
}

Result<std::string> Folders(const MetricsDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job,
                            deps.store->Get({request.path_values[0], request.path_values[1]}));
  json::array list;
  for (const metrics::EventFolder& folder : MetricFolders(job.record, deps.jobs_dir)) {
    const Result<metrics::MetricStore::FolderState> state = deps.metrics->Look(folder.folder);
    json::object shown{{"name", wire::ToValidUtf8(folder.name)},
                       {"folder", wire::ToValidUtf8(folder.folder)},
                       {"files", state.ok() ? state->files : 0}};
    if (state.ok() && !state->local_folder.empty())
      shown["localFolder"] = wire::ToValidUtf8(state->local_folder);
    if (!state.ok()) shown["warning"] = wire::ToValidUtf8(state.status().message());
    list.push_back(std::move(shown));
  }
  return json::serialize(json::object{{"folders", std::move(list)}});
}

net::Response Answered(const Result<std::string>& body) {
  return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
}

}  // namespace

std::string MetricsJson(const metrics::MetricAnswer& answer) {
  json::array series;
  for (const metrics::RunSeries& one : answer.series) series.push_back(SeriesJson(one));
  json::array warnings;
  for (const std::string& text : answer.warnings) warnings.emplace_back(wire::ToValidUtf8(text));
  return json::serialize(
      json::object{{"series", std::move(series)}, {"warnings", std::move(warnings)}});
}

void RegisterMetrics(net::Router& router, const MetricsDeps& deps) {
  const std::string path = "/mlengine/v1/projects/{project}/jobs/{job}/metrics";
  router.Handle("GET", path,
                [deps](net::Request& request) { return Answered(Metrics(deps, request)); });
  router.Handle("GET", path + ":folders",
                [deps](net::Request& request) { return Answered(Folders(deps, request)); });
}

}  // namespace mlengine::engine_api
