#include "scheduler/cause_record.h"

#include "scheduler/failure_text.h"

namespace mlengine::scheduler {
namespace {

void SetNanos(std::int64_t nanos, google::protobuf::Timestamp* field) {
  field->set_seconds(nanos / 1'000'000'000);
  field->set_nanos(static_cast<int>(nanos % 1'000'000'000));
}

}  // namespace

engine::v1::FailureCause RecordOf(const insight::Cause& cause) {
  engine::v1::FailureCause record;
  record.set_kind(std::string(insight::RowOf(cause.kind).name));
  record.set_role(cause.role);
  record.set_index(cause.index);
  record.set_restart(cause.restart);
  if (cause.when_ns > 0) SetNanos(cause.when_ns, record.mutable_time());
  record.set_sentence(cause.sentence);
  record.set_advice(cause.advice);
  for (const std::string& line : cause.evidence) record.add_evidence(line);
  for (const insight::Follower& one : cause.followers) {
    auto& follower = *record.add_followers();
    follower.set_role(one.role);
    follower.set_index(one.index);
    if (one.when_ns > 0) SetNanos(one.when_ns, follower.mutable_time());
    follower.set_sentence(one.sentence);
  }
  return record;
}

std::string CauseText(const engine::v1::FailureCause& cause, bool names_replica) {
  std::string text = "First cause: ";
  if (names_replica) text += cause.role() + " " + std::to_string(cause.index()) + ": ";
  text += cause.sentence();
  if (!cause.advice().empty()) text += " " + cause.advice();
  return text;
}

void TellCause(const insight::Cause& cause, const StepFacts& facts, JobStep& step) {
  *step.record.mutable_cause() = RecordOf(cause);
  const engine::v1::AttemptRecord* attempt = LastAttempt(step.record);
  if (attempt == nullptr) return;
  ml::v1::Job& job = *step.record.mutable_job();
  std::string message = FailureText(*attempt, facts.boot_id, facts.job_url, &step.record.cause()) +
                        "\n" + CauseText(step.record.cause(), attempt->replicas_size() > 1);
  for (ServiceEntry& entry : step.entries) {
    if (entry.message == job.error_message()) entry.message = message;
  }
  job.set_error_message(std::move(message));
}

}  // namespace mlengine::scheduler
