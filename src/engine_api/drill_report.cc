#include "engine_api/drill_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "engine_api/drill_cost.h"
#include "engine_api/drill_steps.h"
#include "model/exit_reason.h"
#include "policy/drill.h"

namespace mlengine::engine_api {
namespace json = boost::json;

using engine::v1::AttemptRecord;
using engine::v1::DrillRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;
using ml::v1::Job;
using runner::v1::ExitReason;
using runner::v1::StatusRecord;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// Of the log before the server stopped that is looked at for lost and doubled lines.
constexpr std::int64_t kLogBefore = 60 * kSecond;

std::int64_t Nanos(const google::protobuf::Timestamp& t) {
  return t.seconds() * kSecond + t.nanos();
}
std::string TimeText(std::int64_t nanos) {
  return FormatTimeNanos(FromUnixNanos(nanos));
}
// To the millisecond.
double Seconds(std::int64_t nanos) {
  return std::round(static_cast<double>(std::max<std::int64_t>(nanos, 0)) / 1e6) / 1e3;
}

// The status of one execution, wherever the record keeps it now; null when there is none.
const StatusRecord* StatusOf(const JobRecord& record, const Execution& execution) {
  if (execution.attempt < 1 || execution.attempt > record.attempts_size()) return nullptr;
  for (const ReplicaRecord& replica : record.attempts(execution.attempt - 1).replicas()) {
    if (replica.role() != execution.role || replica.index() != execution.index) continue;
    if (execution.restart < replica.earlier_size()) return &replica.earlier(execution.restart);
    const bool now = execution.restart == replica.restart() && replica.has_status();
    return now ? &replica.status() : nullptr;
  }
  return nullptr;
}

// When its runner began, and when user code did; 0: not yet.
std::int64_t BeganAt(const StatusRecord* status) {
  return status == nullptr || status->phases().empty() ? 0 : Nanos(status->phases(0).start_time());
}
std::int64_t RanAt(const StatusRecord* status) {
  if (status == nullptr) return 0;
  for (const auto& phase : status->phases()) {
    if (phase.name() == "exec" && phase.has_end_time()) return Nanos(phase.end_time());
  }
  return 0;
}

// What was ended and what follows it; equal where the drill ended nothing of it.
struct Pair {
  Execution before;
  Execution after;
};

class Report {
 public:
  Report(const JobRecord& record, const DrillRecord& drill, logs::LogStore& logs,
         const policy::PriceBook& prices, Time now)
      : record_(record),
        drill_(drill),
        logs_(logs),
        prices_(prices),
        now_(now),
        job_{record.project(), record.job().job_id()} {}

  Result<json::object> Make() {
    Begin();
    if (acted()) {
      FindPairs();
      TellExits();
      MLENGINE_RETURN_IF_ERROR(FindSteps());
      if (drill_.kind() == DrillRecord::RESTART_SERVER) MLENGINE_RETURN_IF_ERROR(TellServer());
      TellTimes();
      TellSteps();
      TellCost();
    }
    TellResult();
    return std::move(out_);
  }

 private:
  bool acted() const { return drill_.has_act_time(); }
  std::int64_t act() const { return Nanos(drill_.act_time()); }
  bool interrupts() const { return drill_.kind() != DrillRecord::RESTART_SERVER; }
  bool ended() const { return record_.job().has_end_time(); }

  void Begin() {
    out_ = {{"project", record_.project()},
            {"job", record_.job().job_id()},
            {"drill", drill_.number()},
            {"action", DrillWord(drill_.kind())},
            {"jobState", Job::State_Name(record_.job().state())},
            {"requestTime", TimeText(Nanos(drill_.request_time()))}};
    if (drill_.kind() == DrillRecord::KILL)
      out_["replica"] = policy::ReplicaWord(drill_.role(), drill_.index());
    if (acted()) out_["actTime"] = TimeText(act());
    if (!drill_.note().empty()) out_["note"] = drill_.note();
  }

  void FindPairs() {
    const AttemptRecord& attempt = record_.attempts(drill_.attempt() - 1);
    for (const ReplicaRecord& replica : attempt.replicas()) {
      const bool hit = drill_.kind() == DrillRecord::PREEMPT ||
                       (drill_.kind() == DrillRecord::KILL && replica.role() == drill_.role() &&
                        replica.index() == drill_.index());
      Pair pair;
      pair.before = {drill_.attempt(), replica.role(), replica.index(), replica.restart()};
      if (drill_.kind() == DrillRecord::KILL && hit) pair.before.restart = drill_.restart();
      pair.after = pair.before;
      if (!hit) {
        others_.push_back(pair);
        continue;
      }
      if (drill_.kind() == DrillRecord::KILL && replica.restart() > drill_.restart()) {
        pair.after.restart = drill_.restart() + 1;
      } else {
        // Also when the whole job was started again before the replica was.
        pair.after.attempt = drill_.attempt() + 1;
        pair.after.restart = 0;
      }
      hit_.push_back(pair);
    }
  }

  void TellExits() {
    json::array exits;
    for (const Pair& pair : hit_) {
      const StatusRecord* status = StatusOf(record_, pair.before);
      if (status == nullptr || status->step() != StatusRecord::EXITED) continue;
      const runner::v1::Exit& exit = status->exit();
      ended_at_ = std::max(ended_at_, Nanos(exit.end_time()));
      ExitReason::Code reason = exit.reason();
      if (drill_.kind() == DrillRecord::PREEMPT && reason == ExitReason::STOPPED)
        reason = ExitReason::PREEMPTED;
      exits.push_back({{"replica", policy::ReplicaWord(pair.before.role, pair.before.index)},
                       {"pid", status->user_pid()},
                       {"endTime", TimeText(Nanos(exit.end_time()))},
                       {"exitCode", exit.exit_code()},
                       {"signal", exit.signal()},
                       {"reason", model::RowOf(reason).name},
                       {"sentence", model::RowOf(reason).sentence}});
    }
    out_["exits"] = std::move(exits);
  }

  // By the first pair whose program tells steps: what was hit, then the others, the master first.
  Status FindSteps() {
    std::vector<Pair> pairs = hit_;
    pairs.insert(pairs.end(), others_.begin(), others_.end());
    for (const Pair& pair : pairs) {
      const bool same =
          pair.before.attempt == pair.after.attempt && pair.before.restart == pair.after.restart;
      MLENGINE_ASSIGN_OR_RETURN(const LastSteps last,
                                LastStepsOf(logs_, job_, pair.before, same ? act() : -1));
      if (!last.step) continue;
      before_ = last.step;
      checkpoint_ = last.checkpoint;
      told_by_ = pair.before.task();
      goes_on_ = same;
      MLENGINE_ASSIGN_OR_RETURN(track_, TrackOf(logs_, job_, pair.after, act(), before_->step));
      return OkStatus();
    }
    return OkStatus();
  }

  Status TellServer() {
    std::int64_t same = 0;
    std::int64_t lost = 0;
    std::int64_t doubled = 0;
    std::int64_t bytes_before = 0;
    std::int64_t bytes_now = 0;
    std::int64_t entries = 0;
    bool intact = true;
    for (const auto& mark : drill_.marks()) {
      MLENGINE_ASSIGN_OR_RETURN(const StreamCheck check, CheckStream(logs_, job_, drill_.attempt(),
                                                                     mark, act() - kLogBefore));
      lost += check.lost_lines;
      doubled += check.doubled_lines;
      bytes_before += check.bytes_before;
      bytes_now += check.bytes_now;
      entries += check.entries;
      intact = intact && check.tail_is_same;
      if (mark.stream() != "stdout") continue;
      const StatusRecord* status =
          StatusOf(record_, {drill_.attempt(), mark.role(), mark.index(), mark.restart()});
      const bool ran_on = status != nullptr && status->user_pid() == mark.user_pid() &&
                          (status->step() == StatusRecord::RUNNING ||
                           Nanos(status->exit().end_time()) > Nanos(drill_.back_time()));
      same += ran_on ? 1 : 0;
      replicas_at_stop_ += 1;
    }
    server_is_well_ = lost == 0 && doubled == 0 && intact && same == replicas_at_stop_;
    json::object server{{"replicas", replicas_at_stop_},  {"replicasRanOn", same},
                        {"logBytesBefore", bytes_before}, {"logBytesNow", bytes_now},
                        {"logLinesChecked", entries},     {"logLinesLost", lost},
                        {"logLinesDoubled", doubled},     {"logBytesBeforeAreSame", intact}};
    if (drill_.has_back_time()) server["secondsAway"] = Seconds(Nanos(drill_.back_time()) - act());
    out_["server"] = std::move(server);
    return OkStatus();
  }

  void TellTimes() {
    for (const Pair& pair : hit_) {
      const std::int64_t ran = RanAt(StatusOf(record_, pair.after));
      running_at_ = ran == 0 ? running_at_ : std::max(running_at_.value_or(0), ran);
    }
    if (track_) progress_at_ = track_->passed_at_ns();
    if (!interrupts()) return;
    if (ended_at_ > 0) {
      out_["secondsUntilEnded"] = Seconds(ended_at_ - act());
      if (running_at_) out_["secondsUntilRunning"] = Seconds(*running_at_ - ended_at_);
      if (progress_at_) out_["secondsUntilProgress"] = Seconds(*progress_at_ - ended_at_);
    }
    if (drill_.kind() == DrillRecord::KILL) {
      out_["restart"] = {{"number", drill_.restart() + 1}, {"counted", false}};
    } else {
      out_["attempt"] = {{"number", drill_.attempt() + 1}, {"counted", false}};
    }
  }

  void TellSteps() {
    if (!before_) return;
    json::object steps{{"unit", before_->step.is_epoch ? "epoch" : "step"},
                       {"toldBy", told_by_},
                       {"before", before_->step.count}};
    if (checkpoint_) steps["checkpoint"] = checkpoint_->step.count;
    if (goes_on_) {
      steps["resumedFrom"] = before_->step.count;
      steps["resumedFromBy"] = "RAN_ON";
      steps["lost"] = 0;
      lost_steps_ = 0;
    } else if (track_ && track_->resumed_from() && (track_->said() || track_->is_settled())) {
      const std::int64_t from = *track_->resumed_from();
      lost_steps_ = std::max<std::int64_t>(before_->step.count - from, 0);
      steps["resumedFrom"] = from;
      steps["resumedFromBy"] = track_->said() ? "ITS_OWN_WORDS" : "ITS_FIRST_STEPS";
      steps["lost"] = *lost_steps_;
    }
    if (track_ && track_->last_step()) steps["after"] = *track_->last_step();
    out_["steps"] = std::move(steps);
  }

  // From the end until the job was as far again; as long as that lasts, until now.
  void TellCost() {
    const std::int64_t until = progress_at_          ? *progress_at_
                               : before_ && !ended() ? ToUnixNanos(now_)
                               : running_at_         ? *running_at_
                                                     : ToUnixNanos(now_);
    DrillCost cost;
    if (interrupts() && ended_at_ > 0) {
      cost.lost_seconds = Seconds(until - ended_at_);
      for (const Pair& pair : hit_) {
        const StatusRecord* after = StatusOf(record_, pair.after);
        const StatusRecord* before = StatusOf(record_, pair.before);
        // Its way to the end, and its way back to where it was, are paid for and bring nothing.
        double seconds = 0;
        if (before != nullptr && before->has_exit())
          seconds += Seconds(Nanos(before->exit().end_time()) - act());
        if (BeganAt(after) > 0) seconds += Seconds(until - BeganAt(after));
        cost.replica_seconds[pair.before.role] += seconds;
      }
      for (const Pair& pair : others_) {
        if (drill_.kind() == DrillRecord::KILL)
          cost.waiting_seconds[pair.before.role] += cost.lost_seconds;
      }
    }
    json::object told = CostJson(cost, prices_, record_);
    if (lost_steps_) told["repeatedSteps"] = *lost_steps_;
    out_["cost"] = std::move(told);
  }

  void TellResult() {
    const bool back = drill_.state() == DrillRecord::BACK;
    const bool progressed = !before_ || progress_at_.has_value();
    const bool succeeded = record_.job().state() == Job::SUCCEEDED;
    std::string result = "PENDING";
    std::string waits;
    if (drill_.state() == DrillRecord::DROPPED || (ended() && !acted())) {
      result = "DROPPED";
      if (drill_.note().empty()) out_["note"] = "The job had ended before.";
    } else if (ended() && !succeeded) {
      result = "FAILED";
      out_["error"] = record_.job().error_message();
    } else if ((back && progressed) || (ended() && succeeded)) {
      result = server_is_well_ ? "RECOVERED" : "FAILED";
    } else {
      waits = WaitsFor(back);
    }
    out_["result"] = result;
    if (!waits.empty()) out_["waitsFor"] = waits;
  }

  std::string WaitsFor(bool back) const {
    if (!acted()) return "the engine to begin";
    if (back) {
      return (goes_on_ ? "the log to show a step after " : "the log to show progress past step ") +
             std::to_string(before_->step.count);
    }
    if (!interrupts()) return "the server to answer again";
    if (ended_at_ == 0)
      return drill_.kind() == DrillRecord::KILL ? "the replica to end" : "the replicas to end";
    return drill_.kind() == DrillRecord::KILL ? "the replica to run again" : "the job to run again";
  }

  const JobRecord& record_;
  const DrillRecord& drill_;
  logs::LogStore& logs_;
  const policy::PriceBook& prices_;
  const Time now_;
  const logs::JobRef job_;
  json::object out_;

  std::vector<Pair> hit_;
  std::vector<Pair> others_;
  std::int64_t ended_at_ = 0;  // of the last that was hit; 0: not yet
  std::optional<std::int64_t> running_at_;
  std::optional<std::int64_t> progress_at_;
  std::optional<SeenStep> before_;
  std::optional<SeenStep> checkpoint_;
  std::string told_by_;
  bool goes_on_ = false;  // who tells the steps was not ended
  std::optional<insight::ResumeTrack> track_;
  std::optional<std::int64_t> lost_steps_;
  std::int64_t replicas_at_stop_ = 0;
  bool server_is_well_ = true;
};

}  // namespace

std::string_view DrillWord(DrillRecord::Kind kind) {
  switch (kind) {
    case DrillRecord::KILL:
      return "kill";
    case DrillRecord::PREEMPT:
      return "preempt";
    default:
      return "restart-server";
  }
}

Result<json::object> DrillReport(const JobRecord& record, const DrillRecord& drill,
                                 logs::LogStore& logs, const policy::PriceBook& prices, Time now) {
  return Report(record, drill, logs, prices, now).Make();
}

}  // namespace mlengine::engine_api
