#include "engine_api/system_handler.h"

#include <boost/json.hpp>
#include <utility>

#include "engine_api/answer.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::Job;

json::object DiskJson(const DiskReport& disk) {
  return {{"freeBytes", disk.free_bytes},
          {"lowWaterBytes", disk.low_water_bytes},
          {"reserveBytes", disk.reserve_bytes},
          {"low", disk.low},
          {"sentence", wire::ToValidUtf8(disk.sentence)}};
}

Result<json::object> JobCounts(store::JobStore& store) {
  MLENGINE_ASSIGN_OR_RETURN(const auto counts, store.CountByState());
  std::int64_t total = 0;
  std::int64_t running = 0;
  for (const auto& [state, count] : counts) {
    total += count;
    if (state == Job::RUNNING || state == Job::CANCELLING) running += count;
  }
  return json::object{{"total", total}, {"running", running}};
}

json::array ProgramList(const StoreReport& report) {
  json::array out;
  for (const ProgramReport& program : report.programs) {
    json::object one{{"name", wire::ToValidUtf8(program.name)}, {"bytes", program.bytes}};
    if (!program.version.empty()) one["version"] = wire::ToValidUtf8(program.version);
    out.push_back(std::move(one));
  }
  return out;
}

json::array LimitList(const std::vector<LimitReport>& limits) {
  json::array out;
  for (const LimitReport& limit : limits)
    out.push_back({{"name", limit.name}, {"value", limit.value}, {"unit", limit.unit}});
  return out;
}

Result<std::string> System(const SystemDeps& deps) {
  MLENGINE_ASSIGN_OR_RETURN(json::object jobs, JobCounts(*deps.store));
  json::object kept{{"jobs", std::move(jobs)}};
  json::object out{{"version", deps.version},
                   {"startTime", FormatTimeNanos(deps.started)},
                   {"dataFolder", wire::ToValidUtf8(deps.data_folder)},
                   {"bootId", deps.boot_id},
                   {"defaultRuntime", deps.default_runtime},
                   {"programs", json::array()},
                   {"disk", DiskJson(deps.disk())},
                   {"limits", LimitList(deps.limits())},
                   {"logs", json::object()}};
  if (const std::string url = deps.url(); !url.empty()) out["url"] = url;
  if (const std::optional<StoreReport> report = deps.measured()) {
    out["programs"] = ProgramList(*report);
    kept["bytes"] = json::value_from(report->bytes);
    kept["measuredAt"] = FormatTimeNanos(report->measured);
  }
  out["store"] = std::move(kept);
  return json::serialize(out);
}

}  // namespace

void RegisterSystem(net::Router& router, const SystemDeps& deps) {
  router.Handle("GET", "/mlengine/v1/system", [deps](net::Request&) {
    const Result<std::string> body = System(deps);
    return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
  });
}

}  // namespace mlengine::engine_api
