// FakeExecutor: runs nothing. A test sets what became of each replica, and sees what was asked for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "executor/executor.h"

namespace mlengine::executor {

class FakeExecutor final : public Executor {
 public:
  std::vector<LaunchSpec> launched;
  std::set<ReplicaId> stopped;
  std::set<ReplicaId> killed;
  std::set<ReplicaId> forgotten;
  std::map<ReplicaId, ReplicaStatus> replicas;
  Status launch_status;  // what the next launches answer
  int slots = 2;
  std::vector<GpuDevice> gpus;
  std::vector<HeldGpu> held_gpus;

  // What Observe tells of that replica from now on.
  void See(const ReplicaId& id, StatusRecord::Step step,
           ReplicaStatus::Liveness liveness = ReplicaStatus::Liveness::kAlive, int exit_code = 0) {
    StatusRecord record;
    record.set_step(step);
    if (step == StatusRecord::EXITED) record.mutable_exit()->set_exit_code(exit_code);
    replicas[id] = {id, liveness, record};
    hint_();
  }

  Status Launch(const std::vector<LaunchSpec>& gang) override {
    if (!launch_status.ok()) return launch_status;
    for (const LaunchSpec& spec : gang) {
      launched.push_back(spec);
      replicas[IdOf(spec)] = {IdOf(spec), ReplicaStatus::Liveness::kAlive, {}};
    }
    return OkStatus();
  }
  Result<std::vector<ReplicaStatus>> Observe(const std::vector<ReplicaId>& ids) override {
    std::vector<ReplicaStatus> statuses;
    for (const ReplicaId& id : ids) {
      const auto found = replicas.find(id);
      statuses.push_back(found == replicas.end()
                             ? ReplicaStatus{id, ReplicaStatus::Liveness::kUnknown, {}}
                             : found->second);
    }
    return statuses;
  }
  Status Stop(const ReplicaId& replica) override {
    stopped.insert(replica);
    return OkStatus();
  }
  Status Kill(const ReplicaId& replica) override {
    killed.insert(replica);
    return OkStatus();
  }
  Status Forget(const ReplicaId& replica) override {
    forgotten.insert(replica);
    return OkStatus();
  }
  Capabilities GetCapabilities() override { return {slots, 1LL << 34, gpus, "a fake machine"}; }
  std::vector<HeldGpu> HeldGpus() override { return held_gpus; }
  void SetChangeHint(std::function<void()> hint) override { hint_ = std::move(hint); }

 private:
  std::function<void()> hint_ = [] {};
};

}  // namespace mlengine::executor
