#include "engine_api/job_row.h"

#include <algorithm>
#include <map>

#include "policy/job_work.h"
#include "policy/replica_lifetimes.h"

namespace mlengine::engine_api {
namespace {

using google::protobuf::Timestamp;
using ml::v1::Job;

// The longest texts that a stored record can have, with room; a row's sizes have 16 bits.
constexpr std::size_t kLongestId = 1024;
constexpr std::size_t kLongestLabels = 32U << 10;

std::int64_t NanosOf(bool there, const Timestamp& time) {
  return there ? time.seconds() * 1'000'000'000LL + time.nanos() : JobRow::kNever;
}

std::string LabelLines(const Job& job) {
  const std::map<std::string, std::string> sorted(job.labels().begin(), job.labels().end());
  std::string lines;
  for (const auto& [key, value] : sorted) {
    if (lines.size() + key.size() + value.size() > kLongestLabels) break;
    lines += key;
    lines += '=';
    lines += value;
    lines += '\n';
  }
  return lines;
}

std::string_view FirstLine(std::string_view error) {
  error = error.substr(0, error.find('\n'));
  if (error.size() <= JobRow::kErrorBytes) return error;
  std::size_t end = JobRow::kErrorBytes;
  while (end > 0 && (static_cast<unsigned char>(error[end]) & 0xC0U) == 0x80U) --end;
  return error.substr(0, end);
}

}  // namespace

std::string_view GroupName(JobGroup group) {
  static constexpr std::string_view kNames[kJobGroups] = {"running", "waiting", "succeeded",
                                                          "failed", "stopped"};
  return kNames[static_cast<std::size_t>(group)];
}

JobGroup GroupOf(Job::State state) {
  switch (state) {
    case Job::RUNNING:
    case Job::CANCELLING:
      return JobGroup::kRunning;
    case Job::SUCCEEDED:
      return JobGroup::kSucceeded;
    case Job::FAILED:
      return JobGroup::kFailed;
    case Job::CANCELLED:
      return JobGroup::kStopped;
    default:
      return JobGroup::kWaiting;
  }
}

JobRow::JobRow(const store::StoredJob& stored, const JobShape& of)
    : sequence(stored.sequence), shape(&of), state(stored.record.job().state()) {
  const Job& job = stored.record.job();
  create_ns = NanosOf(job.has_create_time(), job.create_time());
  start_ns = NanosOf(job.has_start_time(), job.start_time());
  end_ns = NanosOf(job.has_end_time(), job.end_time());
  const std::string_view id = std::string_view(job.job_id()).substr(0, kLongestId);
  const std::string labels = LabelLines(job);
  // The cause in one sentence; the message begins with who ended with which status.
  const std::string& cause = stored.record.cause().sentence();
  const std::string_view error = FirstLine(cause.empty() ? job.error_message() : cause);
  text_.reserve(id.size() + 1 + labels.size() + error.size());
  text_.append(id).append(1, '\n').append(labels).append(error);
  id_size_ = static_cast<std::uint16_t>(id.size());
  labels_size_ = static_cast<std::uint16_t>(labels.size());
  if (of.list == nullptr) return;
  auto lives = policy::LifetimesOf(stored.record, Time::max());
  if (std::ranges::any_of(lives, [](const auto& life) { return life.end == Time::max(); })) {
    alive_ = std::make_unique<const std::vector<policy::ReplicaLifetime>>(std::move(lives));
  } else if (!lives.empty()) {
    used_ = of.list->Consumed(policy::WorkOf(stored.record), of.region, lives).value_or({});
  }
}

policy::Consumption JobRow::Used(Time now) const {
  if (alive_ == nullptr) return used_;
  std::vector<policy::ReplicaLifetime> lives = *alive_;
  for (policy::ReplicaLifetime& life : lives) {
    if (life.end == Time::max()) life.end = now;
  }
  return shape->list->Consumed(shape->Input(), shape->region, lives).value_or({});
}

}  // namespace mlengine::engine_api
