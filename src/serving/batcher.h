// Batcher: between the requests of one version and the runs of its model. While there is a free
// slot, a request runs at once and alone: nobody waits for company. While all slots are taken,
// requests wait, and those that can be told apart afterwards go together into the next run, so none
// waits longer for that than the run before takes. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "tensors/message.h"

namespace mlengine::serving {

// One run of the model.
using ModelRun = std::function<Result<tensors::RunAnswer>(const tensors::RunRequest&)>;

struct BatcherOptions {
  int slots = 2;                      // runs at once
  std::int64_t most_instances = 128;  // of one run of several requests
  std::size_t most_bytes = 16U << 20;
  // Told of every run that is about to begin: the instances and the requests in it.
  std::function<void(std::int64_t instances, std::size_t requests)> on_run = {};
};

class Batcher final {
 public:
  // `run` may be called by several threads at once, those of Run.
  Batcher(ModelRun run, BatcherOptions options);

  // The model's answer to this request. With `rows` its first dimension is the instances, in all
  // that goes in and comes out, and it may share a run. An error is that of its run, or
  // DEADLINE_EXCEEDED when it waited for `timeout` and was in none.
  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request, bool rows,
                                 std::chrono::milliseconds timeout);

  void SetSlots(int slots);
  std::size_t waiting() const;

 private:
  struct Ticket;
  void Pass();
  Ticket* NextLeader();
  Result<tensors::RunAnswer> RunAlone(const tensors::RunRequest& request);
  Result<tensors::RunAnswer> Lead(Ticket& leader);
  bool RunTogether(Ticket& leader);
  void GiveAnswer(Ticket& ticket, Result<tensors::RunAnswer> answer);

  const ModelRun run_;
  const BatcherOptions options_;

  mutable std::mutex mutex_;
  std::deque<Ticket*> queue_;       // guarded by mutex_, as all below
  int slots_;                       // runs at once
  int running_ = 0;                 // slots that are taken
  std::set<std::string> separate_;  // kinds of requests whose answers could not be told apart
};

}  // namespace mlengine::serving
