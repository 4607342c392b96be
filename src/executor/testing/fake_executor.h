// FakeExecutor: an executor whose replicas do what a test says. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "executor/executor.h"

namespace mlengine::executor {

class FakeExecutor final : public Executor {
 public:
  explicit FakeExecutor(int slots = 2) : slots_(slots) {}

  // Runs of the verbs, in order.
  std::vector<LaunchSpec> launched() const { return Locked(launched_); }
  std::vector<ReplicaId> stopped() const { return Locked(stopped_); }
  std::vector<ReplicaId> forgotten() const { return Locked(forgotten_); }

  // The next Launch fails so, and starts nothing.
  void FailNextLaunch(Status why) {
    const std::lock_guard lock(mutex_);
    launch_error_ = std::move(why);
  }
  // What Observe tells from now on.
  void Set(const ReplicaId& id, ReplicaStatus::Liveness liveness, StatusRecord record) {
    std::function<void()> hint;
    {
      const std::lock_guard lock(mutex_);
      replicas_[id] = {.id = id, .liveness = liveness, .record = std::move(record)};
      hint = hint_;
    }
    if (hint) hint();
  }
  void SetStep(const ReplicaId& id, StatusRecord::Step step) {
    StatusRecord record;
    record.set_step(step);
    Set(id, ReplicaStatus::Liveness::kAlive, std::move(record));
  }
  void Exit(const ReplicaId& id, int exit_code, int signal = 0) {
    StatusRecord record;
    record.set_step(StatusRecord::EXITED);
    record.mutable_exit()->set_exit_code(exit_code);
    record.mutable_exit()->set_signal(signal);
    Set(id, ReplicaStatus::Liveness::kGone, std::move(record));
  }

  Status Launch(const std::vector<LaunchSpec>& gang) override {
    const std::lock_guard lock(mutex_);
    if (!launch_error_.ok()) return std::exchange(launch_error_, OkStatus());
    for (const LaunchSpec& spec : gang) {
      const ReplicaId id = IdOf(spec);
      if (replicas_.contains(id)) continue;
      launched_.push_back(spec);
      StatusRecord record;
      record.set_step(StatusRecord::STAGING);
      replicas_[id] = {.id = id, .liveness = ReplicaStatus::Liveness::kAlive, .record = record};
    }
    return OkStatus();
  }
  Result<std::vector<ReplicaStatus>> Observe(const std::vector<ReplicaId>& replicas) override {
    const std::lock_guard lock(mutex_);
    std::vector<ReplicaStatus> out;
    for (const ReplicaId& id : replicas) {
      const auto found = replicas_.find(id);
      out.push_back(found != replicas_.end() ? found->second
                                             : ReplicaStatus{.id = id, .record = {}});
    }
    return out;
  }
  Status Stop(const ReplicaId& replica) override {
    const std::lock_guard lock(mutex_);
    stopped_.push_back(replica);
    return OkStatus();
  }
  Status Forget(const ReplicaId& replica) override {
    const std::lock_guard lock(mutex_);
    forgotten_.push_back(replica);
    replicas_.erase(replica);
    return OkStatus();
  }
  Capabilities GetCapabilities() override {
    return {.slots = slots_, .memory_bytes = 8LL << 30, .description = "a fake"};
  }
  void SetChangeHint(std::function<void()> hint) override {
    const std::lock_guard lock(mutex_);
    hint_ = std::move(hint);
  }

 private:
  template <typename T>
  T Locked(const T& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }

  const int slots_;
  mutable std::mutex mutex_;
  std::map<ReplicaId, ReplicaStatus> replicas_;
  std::vector<LaunchSpec> launched_;
  std::vector<ReplicaId> stopped_;
  std::vector<ReplicaId> forgotten_;
  Status launch_error_;
  std::function<void()> hint_;
};

}  // namespace mlengine::executor
