#include "engine_api/pool_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>

#include "engine_api/answer.h"
#include "engine_api/metric_folders.h"
#include "engine_api/reasons.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using engine::v1::ReplicaRecord;
using runner::v1::StatusRecord;

constexpr std::size_t kMostQueued = 200;  // in an answer
// Of running jobs, each with a few files to look at.
constexpr std::size_t kMostMeasured = 2'000;

// Who has which GPU: what is told of it, by its UUID.
using Leases = std::map<std::string, json::object>;

std::string TaskOf(const ReplicaRecord& replica) {
  return replica.role() + "-replica-" + std::to_string(replica.index());
}

json::object NameOf(const store::JobRecord& record) {
  return {{"project", record.project()}, {"jobId", record.job().job_id()}};
}

std::string StateOf(const ReplicaRecord& replica) {
  if (replica.runner_lost()) return "LOST";
  if (!replica.has_status()) return "WAITING";
  return StatusRecord::Step_Name(replica.status().step());
}

// When its program began, or before that what its runner does first.
std::optional<Time> StartOf(const ReplicaRecord& replica) {
  if (replica.status().phases().empty()) return std::nullopt;
  const auto& phases = replica.status().phases();
  const auto run = std::ranges::find(phases, "exec", &runner::v1::Phase::name);
  const auto& start = (run == phases.end() ? *phases.begin() : *run).start_time();
  return FromUnixNanos(start.seconds() * 1'000'000'000 + start.nanos());
}

json::array GpusOf(const ReplicaRecord& replica, const std::vector<PoolGpu>& gpus) {
  json::array out;
  for (const std::string& uuid : replica.gpus()) {
    const auto gpu = std::ranges::find(gpus, uuid, &PoolGpu::uuid);
    if (gpu != gpus.end()) out.emplace_back(gpu->index);
  }
  return out;
}

// What the replicas of one job use now, by their run's name.
std::map<std::string, metrics::NewestSample> UseOf(const PoolDeps& deps,
                                                   const store::JobRecord& record) {
  std::map<std::string, metrics::NewestSample> out;
  const std::string job = record.project() + "/" + record.job().job_id();
  for (metrics::NewestSample& newest :
       deps.metrics->NewestSamples(job, SampleSources(record, deps.jobs_dir))) {
    std::string run = newest.run;
    out.emplace(std::move(run), std::move(newest));
  }
  return out;
}

void AddReplicas(const PoolDeps& deps, const store::JobRecord& record, json::array& out,
                 Leases& leases) {
  const auto& attempt = *record.attempts().rbegin();
  std::map<std::string, metrics::NewestSample> use;
  if (out.size() < kMostMeasured) use = UseOf(deps, record);
  for (const ReplicaRecord& replica : attempt.replicas()) {
    json::object one = NameOf(record);
    one["replica"] = TaskOf(replica);
    for (const std::string& uuid : replica.gpus()) leases[uuid] = one;
    one["state"] = StateOf(replica);
    one["slots"] = 1;
    one["gpus"] = GpusOf(replica, deps.gpus);
    if (const auto start = StartOf(replica)) one["startTime"] = FormatTimeNanos(*start);
    const auto used = use.find("resources/" + TaskOf(replica));
    if (used != use.end() && replica.status().step() == StatusRecord::RUNNING) {
      one["memoryBytes"] = used->second.sample.memory_bytes;
      if (used->second.cores) one["cpu"] = *used->second.cores;
    }
    out.push_back(std::move(one));
  }
}

json::array GpuList(const PoolDeps& deps, const Leases& leases) {
  std::map<std::string, std::string> held;
  if (deps.held_gpus) {
    for (auto& [uuid, why] : deps.held_gpus()) held[uuid] = std::move(why);
  }
  json::array out;
  for (const PoolGpu& gpu : deps.gpus) {
    json::object one{{"index", gpu.index}, {"name", wire::ToValidUtf8(gpu.name)}};
    if (gpu.memory_bytes > 0) one["memoryBytes"] = gpu.memory_bytes;
    if (const auto lease = leases.find(gpu.uuid); lease != leases.end()) one["job"] = lease->second;
    if (const auto why = held.find(gpu.uuid); why != held.end()) one["held"] = why->second;
    out.push_back(std::move(one));
  }
  return out;
}

Result<json::array> QueueList(QueueView& view) {
  json::array out;
  for (std::size_t i = 0; i < std::min(view.queue().size(), kMostQueued); ++i) {
    const QueueView::Entry& entry = view.queue()[i];
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<policy::Reason> reasons, view.Why(i));
    json::object one = NameOf(entry.stored.record);
    const std::int64_t created = entry.stored.record.create_time_ns();
    one["createTime"] = FormatTimeNanos(
        created > 0
            ? FromUnixNanos(created)
            : Time(std::chrono::seconds(entry.stored.record.job().create_time().seconds())));
    one["slots"] = entry.needs.replicas;
    one["gpus"] = entry.needs.gpus;
    AddReasons(reasons, one);
    out.push_back(std::move(one));
  }
  return out;
}

json::object MachineJson(const MachineState& machine) {
  json::object out{{"host", wire::ToValidUtf8(machine.host)},
                   {"cpus", machine.cpus},
                   {"load", {machine.load[0], machine.load[1], machine.load[2]}}};
  if (machine.memory_bytes > 0) out["memoryBytes"] = machine.memory_bytes;
  if (machine.memory_free_bytes > 0) out["memoryFreeBytes"] = machine.memory_free_bytes;
  return out;
}

Result<std::string> PoolJson(const PoolDeps& deps) {
  MLENGINE_ASSIGN_OR_RETURN(QueueView view, QueueView::Take(deps.queue));
  json::array replicas;
  Leases leases;
  int used = 0;
  for (const QueueView::Entry& holder : view.holders()) {
    used += holder.needs.replicas;
    AddReplicas(deps, holder.stored.record, replicas, leases);
  }
  const int slots = deps.queue.pool.slots;
  // A job of more replicas than there are slots has them all.
  json::object out{{"description", deps.description},
                   {"slots", {{"total", slots}, {"used", std::min(used, slots)}}},
                   {"machine", MachineJson(deps.machine())},
                   {"gpus", GpuList(deps, leases)},
                   {"replicas", std::move(replicas)},
                   {"waiting", view.queue().size()}};
  if (deps.queue.nothing_starts) {
    if (const auto why = deps.queue.nothing_starts()) out["startsNothing"] = why->sentence;
  }
  MLENGINE_ASSIGN_OR_RETURN(json::array queue, QueueList(view));
  out["queue"] = std::move(queue);
  return json::serialize(out);
}

}  // namespace

void RegisterPool(net::Router& router, const PoolDeps& deps) {
  router.Handle("GET", "/mlengine/v1/pool", [deps](net::Request&) {
    const Result<std::string> body = PoolJson(deps);
    return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
  });
}

}  // namespace mlengine::engine_api
