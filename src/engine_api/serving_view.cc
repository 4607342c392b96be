#include "engine_api/serving_view.h"

#include <boost/json.hpp>
#include <string>

#include "base/clock.h"
#include "serving/memory_admission.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using serving::VersionFigures;
using std::chrono::system_clock;

std::string TimeText(system_clock::time_point time) {
  return FormatTimeSeconds(std::chrono::time_point_cast<Time::duration>(time));
}

json::array TrafficJson(const VersionFigures& figures, system_clock::time_point from) {
  json::array traffic;
  for (const serving::TrafficPoint& point : figures.traffic) {
    if (point.begin < from) continue;
    traffic.push_back({{"time", TimeText(point.begin)},
                       {"seconds", serving::kTrafficSlice.count()},
                       {"requests", std::to_string(point.requests)},
                       {"errors", std::to_string(point.errors)},
                       {"p50", point.p50},
                       {"p95", point.p95}});
  }
  return traffic;
}

json::object LatencyJson(const VersionFigures& figures) {
  return {{"p50", serving::Quantile(figures.latency, 0.5)},
          {"p95", serving::Quantile(figures.latency, 0.95)},
          {"p99", serving::Quantile(figures.latency, 0.99)}};
}

void AddFigures(const VersionFigures& figures, json::object& out) {
  json::object totals;
  for (std::size_t i = 0; i < serving::kOutcomes; ++i) {
    totals[serving::OutcomeName(static_cast<serving::Outcome>(i))] =
        std::to_string(figures.outcomes[i]);
  }
  const std::uint64_t runs = figures.batches.count();
  out["totals"] = std::move(totals);
  out["instances"] = std::to_string(figures.instances);
  out["latency"] = LatencyJson(figures);
  out["batches"] = {
      {"runs", std::to_string(runs)},
      {"meanInstances", runs == 0 ? 0.0 : figures.batches.sum / static_cast<double>(runs)},
      {"sharedRequests", std::to_string(figures.joined)}};
  out["starts"] = std::to_string(figures.starts);
  out["deaths"] = std::to_string(figures.deaths);
  if (figures.last_use != system_clock::time_point{})
    out["lastUseTime"] = TimeText(figures.last_use);
  out["traffic"] = TrafficJson(figures, {});
}

}  // namespace

json::object SettingsJson(const engine::v1::ServingSettings& settings) {
  json::array traffic;
  for (const engine::v1::TrafficShare& share : settings.traffic())
    traffic.push_back({{"version", share.version()}, {"percent", share.percent()}});
  json::object out{{"traffic", std::move(traffic)}, {"separateRuns", settings.separate_runs()}};
  if (settings.has_request_logging()) {
    out["requestLogging"] = {{"folder", settings.request_logging().folder()},
                             {"samplePercent", settings.request_logging().sample_percent()}};
  }
  return out;
}

json::object VersionJson(const store::StoredResource& version, bool is_default,
                         const serving::ModelServers::VersionView* view) {
  const ml::v1::Version& resource = version.record.version().version();
  json::array processes;
  if (view != nullptr) {
    for (const serving::ModelServers::Process& process : view->processes) {
      processes.push_back({{"pid", process.pid},
                           {"memoryBytes", std::to_string(serving::ResidentBytes(process.pid))},
                           {"requests", process.requests}});
    }
  }
  json::object out{{"version", version.key.name},
                   {"state", ml::v1::Version::State_Name(resource.state())},
                   {"isDefault", is_default},
                   {"processes", std::move(processes)},
                   {"requests", view == nullptr ? 0 : view->requests},
                   {"waiting", view == nullptr ? 0 : view->waiting}};
  AddFigures(view == nullptr ? VersionFigures() : view->figures, out);
  return out;
}

json::object VersionSummary(const store::StoredResource& version, bool is_default,
                            const serving::ModelServers::VersionView* view,
                            system_clock::time_point now) {
  const VersionFigures none;
  const VersionFigures& figures = view == nullptr ? none : view->figures;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  for (const serving::TrafficPoint& point : figures.traffic) {
    requests += point.requests;
    errors += point.errors;
  }
  const ml::v1::Version& resource = version.record.version().version();
  return {
      {"version", version.key.name},
      {"state", ml::v1::Version::State_Name(resource.state())},
      {"isDefault", is_default},
      {"latency", LatencyJson(figures)},
      {"lastHour", {{"requests", std::to_string(requests)}, {"errors", std::to_string(errors)}}},
      {"traffic", TrafficJson(figures, now - std::chrono::minutes(1))}};
}

}  // namespace mlengine::engine_api
