// JobRow: a job as the table of many jobs keeps it, in some 150 bytes beside its texts. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine_api/job_shape.h"
#include "policy/price_list.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// In the order in which a table counts them.
enum class JobGroup { kRunning, kWaiting, kSucceeded, kFailed, kStopped };
inline constexpr std::size_t kJobGroups = 5;
// "running", "waiting", …
std::string_view GroupName(JobGroup group);
JobGroup GroupOf(ml::v1::Job::State state);

class JobRow {
 public:
  static constexpr std::int64_t kNever = INT64_MIN;
  // Bytes of the error that a row keeps: of the first cause's sentence, else of the first line of
  // errorMessage; cut between characters.
  static constexpr std::size_t kErrorBytes = 200;

  JobRow() = default;
  // `shape` is the record's, and outlives the row.
  JobRow(const store::StoredJob& job, const JobShape& shape);

  std::int64_t sequence = 0;
  std::int64_t changed = 0;  // revision of the table that it came in with
  std::int64_t create_ns = kNever;
  std::int64_t start_ns = kNever;
  std::int64_t end_ns = kNever;
  const JobShape* shape = nullptr;
  ml::v1::Job::State state = ml::v1::Job::STATE_UNSPECIFIED;

  std::string_view id() const { return std::string_view(text_).substr(0, id_size_); }
  // Lines "key=value", each with its end, by key.
  std::string_view labels() const {
    return std::string_view(text_).substr(id_size_ + 1, labels_size_);
  }
  std::string_view error() const {
    return std::string_view(text_).substr(id_size_ + 1 + labels_size_);
  }
  // The three above, with line ends between them.
  std::string_view text() const { return text_; }

  // By `now`, as the job itself tells (job_price.h). Zero where there is no price.
  policy::Consumption Used(Time now) const;

 private:
  std::string text_;
  std::uint16_t id_size_ = 0;
  std::uint16_t labels_size_ = 0;
  policy::Consumption used_;  // of one whose replicas have all ended
  // Of others: their lifetimes, those that go on with Time::max() as their end.
  std::unique_ptr<const std::vector<policy::ReplicaLifetime>> alive_;
};

}  // namespace mlengine::engine_api
