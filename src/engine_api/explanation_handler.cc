#include "engine_api/explanation_handler.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "engine_api/answer.h"
#include "engine_api/log_evidence.h"
#include "engine_api/reasons.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using ml::v1::Job;
using policy::Reason;
using runner::v1::StatusRecord;

Result<std::vector<Reason>> WhyQueued(const QueueDeps& deps, const store::StoredJob& job) {
  MLENGINE_ASSIGN_OR_RETURN(QueueView view, QueueView::Take(deps));
  const std::optional<std::size_t> place = view.PlaceOf(job);
  if (!place)
    return std::vector{Reason{"It has its room and is about to be started.", "ABOUT_TO_START"}};
  return view.Why(*place);
}

// "worker-replica-2 is at STAGING." for each replica that is not where the others are going.
void TellReplicas(const store::JobRecord& record, StatusRecord::Step done, const char* verb,
                  const char* code, std::vector<Reason>& out) {
  const auto& replicas = record.attempts(record.attempts_size() - 1).replicas();
  int there = 0;
  std::string behind;
  for (const auto& replica : replicas) {
    if (replica.status().step() >= done || replica.runner_lost()) {
      ++there;
      continue;
    }
    const std::string step =
        replica.has_status() ? StatusRecord::Step_Name(replica.status().step()) : "WAITING";
    behind += (behind.empty() ? "" : ", ") + replica.role() + "-replica-" +
              std::to_string(replica.index()) + " is " + step;
  }
  out.push_back({std::to_string(there) + " of its " + std::to_string(replicas.size()) +
                     " replicas " + verb + (behind.empty() ? "." : "; " + behind + "."),
                 code,
                 {{"n", std::to_string(there)}, {"count", std::to_string(replicas.size())}}});
}

std::string AttemptOf(const store::JobRecord& record) {
  return std::to_string(record.attempts_size());
}

Result<std::vector<Reason>> Explain(const QueueDeps& deps, const store::StoredJob& stored) {
  const store::JobRecord& record = stored.record;
  std::vector<Reason> out;
  switch (record.job().state()) {
    case Job::QUEUED:
      return WhyQueued(deps, stored);
    case Job::PREPARING:
      out.push_back({"It has its room and is being started, attempt " + AttemptOf(record) + ".",
                     "STARTING",
                     {{"attempt", AttemptOf(record)}}});
      TellReplicas(record, StatusRecord::RUNNING, "run", "REPLICAS_RUN", out);
      break;
    case Job::RUNNING:
      out.push_back({"It runs, attempt " + AttemptOf(record) + ".",
                     "RUNNING",
                     {{"attempt", AttemptOf(record)}}});
      TellReplicas(record, StatusRecord::RUNNING, "run or have ended", "REPLICAS_BEGAN", out);
      break;
    case Job::CANCELLING:
      out.push_back(record.cancel_reason().empty()
                        ? Reason{"It is being stopped, as was asked.", "STOPPING"}
                        : Reason{record.cancel_reason()});
      TellReplicas(record, StatusRecord::EXITED, "have ended", "REPLICAS_ENDED", out);
      break;
    default:
      out.push_back({record.job().error_message().empty()
                         ? "It has ended: " + Job::State_Name(record.job().state()) + "."
                         : record.job().error_message()});
  }
  return out;
}

std::string MomentOf(const google::protobuf::Timestamp& time) {
  return FormatTimeNanos(FromUnixNanos(time.seconds() * 1'000'000'000 + time.nanos()));
}

json::object CauseJson(const engine::v1::FailureCause& cause) {
  json::array followers;
  for (const auto& one : cause.followers()) {
    json::object follower{{"replica", one.role() + " " + std::to_string(one.index())},
                          {"sentence", one.sentence()}};
    if (one.has_time()) follower["time"] = MomentOf(one.time());
    followers.push_back(std::move(follower));
  }
  json::array evidence;
  for (const std::string& line : cause.evidence()) evidence.emplace_back(line);
  json::object out{{"kind", cause.kind()},
                   {"replica", cause.role() + " " + std::to_string(cause.index())},
                   {"restart", cause.restart()},
                   {"sentence", cause.sentence()},
                   {"advice", cause.advice()},
                   {"evidence", std::move(evidence)},
                   {"followers", std::move(followers)}};
  if (cause.has_time()) out["time"] = MomentOf(cause.time());
  return out;
}

json::object CauseOf(logs::LogStore* logs, const store::JobRecord& record) {
  json::object out = CauseJson(record.cause());
  if (logs == nullptr) return out;
  const std::string id =
      EvidenceId(*logs, {record.project(), record.job().job_id()}, record.cause());
  if (!id.empty()) out["insertId"] = id;
  return out;
}

}  // namespace

void RegisterExplanations(net::Router& router, const QueueDeps& deps, logs::LogStore* logs) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/explanation",
                [deps, logs](net::Request& request) {
                  const Result<store::StoredJob> job =
                      deps.store->Get({request.path_values[0], request.path_values[1]});
                  if (!job.ok()) return ErrorAnswer(job.status());
                  const auto reasons = Explain(deps, *job);
                  if (!reasons.ok()) return ErrorAnswer(reasons.status());
                  json::object answer{{"state", Job::State_Name(job->record.job().state())}};
                  AddReasons(*reasons, answer);
                  if (job->record.has_cause()) answer["cause"] = CauseOf(logs, job->record);
                  return JsonAnswer(json::serialize(answer));
                });
}

}  // namespace mlengine::engine_api
