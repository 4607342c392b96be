#include "engine_api/drill_forecast.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine_api/drill_cost.h"
#include "engine_api/drill_report.h"
#include "engine_api/drill_steps.h"
#include "policy/drill.h"

namespace mlengine::engine_api {
namespace json = boost::json;

using engine::v1::AttemptRecord;
using engine::v1::DrillRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;

namespace {

double SecondsBetween(const google::protobuf::Timestamp& from, Time to) {
  const double then = static_cast<double>(from.seconds()) + static_cast<double>(from.nanos()) / 1e9;
  return std::max(static_cast<double>(ToUnixNanos(to)) / 1e9 - then, 0.0);
}

// From its runner's first step to user code, and from there to now.
struct Ages {
  double start = 0;
  double running = 0;
};
Ages AgesOf(const ReplicaRecord& replica, Time now) {
  Ages ages;
  const auto& phases = replica.status().phases();
  if (phases.empty()) return ages;
  for (const auto& phase : phases) {
    if (phase.name() == "exec" && phase.has_end_time())
      ages.running = SecondsBetween(phase.end_time(), now);
  }
  ages.start = std::max(SecondsBetween(phases.Get(0).start_time(), now) - ages.running, 0.0);
  return ages;
}

std::string Rounded(double seconds) {
  return std::to_string(std::llround(std::ceil(seconds))) + " s";
}

class Forecast {
 public:
  Forecast(const JobRecord& record, const DrillRecord& drill, int grace_seconds, Time now)
      : record_(record),
        drill_(drill),
        attempt_(record.attempts(record.attempts_size() - 1)),
        grace_seconds_(grace_seconds),
        now_(now) {}

  Result<json::object> Make(logs::LogStore& logs, const policy::PriceBook& prices) {
    SayAct();
    if (drill_.kind() != DrillRecord::RESTART_SERVER) {
      MLENGINE_RETURN_IF_ERROR(FindSteps(logs));
      SayCost(prices);
    }
    SayLimit();
    out_["action"] = DrillWord(drill_.kind());
    out_["job"] = record_.job().job_id();
    out_["sentences"] = std::move(sentences_);
    return std::move(out_);
  }

 private:
  bool IsHit(const ReplicaRecord& replica) const {
    return drill_.kind() == DrillRecord::PREEMPT ||
           (replica.role() == drill_.role() && replica.index() == drill_.index());
  }
  void Say(std::string sentence) { sentences_.emplace_back(std::move(sentence)); }

  void SayAct() {
    const int replicas = attempt_.replicas_size();
    const std::string all =
        replicas == 1 ? "its replica" : "its " + std::to_string(replicas) + " replicas";
    switch (drill_.kind()) {
      case DrillRecord::KILL:
        for (const ReplicaRecord& replica : attempt_.replicas()) {
          if (!IsHit(replica)) continue;
          Say("The program of " + policy::ReplicaWord(replica.role(), replica.index()) + " (PID " +
              std::to_string(replica.status().user_pid()) +
              ") is killed with SIGKILL, and the engine starts it again. This does not count "
              "against its restarts.");
        }
        break;
      case DrillRecord::PREEMPT:
        Say("All of " + all + " get SIGTERM, and SIGKILL after " + std::to_string(grace_seconds_) +
            " s; then the job starts again as attempt " + std::to_string(attempt_.number() + 1) +
            ". This does not count against its retries.");
        break;
      default:
        Say("The server stops and starts again; it does not answer for a moment, for no job. The "
            "job's " +
            std::to_string(replicas) + (replicas == 1 ? " replica runs" : " replicas run") +
            " on, and nothing of it should be lost.");
    }
  }

  // Of what is hit; where that tells none, of the others: they may depend on it.
  Status FindSteps(logs::LogStore& logs) {
    const logs::JobRef job{record_.project(), record_.job().job_id()};
    for (const bool hit : {true, false}) {
      for (const ReplicaRecord& replica : attempt_.replicas()) {
        if (IsHit(replica) != hit) continue;
        MLENGINE_ASSIGN_OR_RETURN(steps_, LastStepsOf(logs, job,
                                                      {attempt_.number(), replica.role(),
                                                       replica.index(), replica.restart()},
                                                      -1));
        if (steps_.step) return OkStatus();
      }
    }
    return OkStatus();
  }

  void SayCost(const policy::PriceBook& prices) {
    double longest = 0;
    for (const ReplicaRecord& replica : attempt_.replicas()) {
      if (!IsHit(replica)) continue;
      const Ages ages = AgesOf(replica, now_);
      const double since =
          steps_.checkpoint
              ? static_cast<double>(ToUnixNanos(now_) - steps_.checkpoint->stamp_ns) / 1e9
              : ages.running;
      const double grace = drill_.kind() == DrillRecord::PREEMPT ? grace_seconds_ : 0;
      longest = std::max(longest, ages.start + since + grace);
      cost_.replica_seconds[replica.role()] += ages.start + since + grace;
    }
    cost_.lost_seconds = std::round(longest * 1e3) / 1e3;
    for (const ReplicaRecord& replica : attempt_.replicas()) {
      if (!IsHit(replica)) cost_.waiting_seconds[replica.role()] += longest;
    }
    json::object most = CostJson(cost_, prices, record_);
    SayLoss(most);
    out_["atMost"] = std::move(most);
  }

  void SayLoss(json::object& most) {
    std::string text = "At most it costs ";
    if (steps_.step) {
      const std::int64_t saved = steps_.checkpoint ? steps_.checkpoint->step.count : 0;
      const std::int64_t steps = std::max<std::int64_t>(steps_.step->step.count - saved, 0);
      const std::string unit = steps_.step->step.is_epoch ? "epoch" : "step";
      most["steps"] = steps;
      most["since"] = steps_.checkpoint ? "CHECKPOINT" : "START";
      text += std::to_string(steps) + " " + unit + (steps == 1 ? "" : "s") + ": it is at " + unit +
              " " + std::to_string(steps_.step->step.count) + " and ";
      text += steps_.checkpoint ? "said that it saved " + unit + " " + std::to_string(saved)
                                : "its lines tell of no checkpoint";
      text += "; and about ";
    } else {
      text = "Its lines tell no steps. At most it costs all since it began: about ";
    }
    text += Rounded(cost_.lost_seconds);
    const json::object* waited = nullptr;
    if (const json::value* others = most.if_contains("ifOthersWaited"))
      waited = &others->get_object();
    if (const json::value* money = most.if_contains("text")) {
      text += ", " + std::string(money->get_string());
      if (waited != nullptr)
        text += " (" + std::string(waited->at("text").get_string()) + " if the others wait for it)";
    }
    Say(text + ".");
  }

  void SayLimit() {
    const auto& scheduling = record_.job().training_input().scheduling();
    const std::int64_t limit = scheduling.max_running_time().seconds();
    if (limit <= 0) return;
    const double used = SecondsBetween(record_.job().start_time(), now_);
    Say("The time that is lost counts for its maxRunningTime: " +
        Rounded(std::max(static_cast<double>(limit) - used, 0.0)) + " of " + std::to_string(limit) +
        " s are left.");
  }

  const JobRecord& record_;
  const DrillRecord& drill_;
  const AttemptRecord& attempt_;
  const int grace_seconds_;
  const Time now_;
  LastSteps steps_;
  DrillCost cost_;
  json::array sentences_;
  json::object out_;
};

}  // namespace

Result<json::object> DrillForecast(const JobRecord& record, const DrillRecord& drill,
                                   logs::LogStore& logs, const policy::PriceBook& prices,
                                   int grace_seconds, Time now) {
  return Forecast(record, drill, grace_seconds, now).Make(logs, prices);
}

}  // namespace mlengine::engine_api
