#include "serving/batcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "serving/batch_tensors.h"

namespace mlengine::serving {

// One request that waits; on the stack of its thread, which does not leave before it has an answer
// or was taken out of the queue.
struct Batcher::Ticket {
  const tensors::RunRequest& request;
  const bool rows;
  const std::string kind;
  const std::int64_t instances;
  const std::size_t bytes;

  std::condition_variable wake = {};
  bool queued = true;                    // guarded by the batcher's mutex, as all below
  std::vector<Ticket*> companions = {};  // when it leads: those that it runs for, without itself
  bool leads = false;
  std::optional<Result<tensors::RunAnswer>> answer = {};
};

Batcher::Batcher(ModelRun run, BatcherOptions options)
    : run_(std::move(run)), options_(std::move(options)), slots_(options_.slots) {}

Result<tensors::RunAnswer> Batcher::Run(const tensors::RunRequest& request, bool rows,
                                        std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (running_ < slots_ && queue_.empty()) {
    ++running_;
    lock.unlock();
    Result<tensors::RunAnswer> answer = RunAlone(request);
    Pass();
    return answer;
  }
  const std::optional<std::int64_t> instances = InstancesOf(request);
  Ticket ticket{.request = request,
                .rows = rows && instances.has_value(),
                .kind = KindOf(request),
                .instances = instances.value_or(0),
                .bytes = BytesOf(request)};
  queue_.push_back(&ticket);
  const auto until = std::chrono::steady_clock::now() + timeout;
  const auto decided = [&ticket] { return ticket.leads || ticket.answer.has_value(); };
  if (!ticket.wake.wait_until(lock, until, decided) && ticket.queued) {
    std::erase(queue_, &ticket);
    return DeadlineExceededError("The request waited for " +
                                 std::to_string(timeout.count() / 1000) +
                                 " s and the model did not get to it.");
  }
  // One that is in a run has its answer when that ends, which has a deadline of its own.
  ticket.wake.wait(lock, decided);
  if (ticket.answer) return *std::move(ticket.answer);
  lock.unlock();
  Result<tensors::RunAnswer> answer = Lead(ticket);
  Pass();
  return answer;
}

void Batcher::SetSlots(int slots) {
  const std::lock_guard lock(mutex_);
  slots_ = std::max(1, slots);
  while (running_ < slots_ && !queue_.empty()) {
    ++running_;
    NextLeader()->wake.notify_one();
  }
}

std::size_t Batcher::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

// A slot is free: whoever waits has it.
void Batcher::Pass() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty() || running_ > slots_) {
    --running_;
  } else {
    NextLeader()->wake.notify_one();
  }
}

// Takes the one that has waited for longest off the queue, and all that can go with it. mutex_ is
// held.
Batcher::Ticket* Batcher::NextLeader() {
  Ticket* const leader = queue_.front();
  queue_.pop_front();
  leader->queued = false;
  leader->leads = true;
  if (!leader->rows || separate_.contains(leader->kind)) return leader;
  std::int64_t instances = leader->instances;
  std::size_t bytes = leader->bytes;
  std::erase_if(queue_, [&](Ticket* ticket) {
    if (!ticket->rows || ticket->kind != leader->kind ||
        instances + ticket->instances > options_.most_instances ||
        bytes + ticket->bytes > options_.most_bytes)
      return false;
    instances += ticket->instances;
    bytes += ticket->bytes;
    ticket->queued = false;
    leader->companions.push_back(ticket);
    return true;
  });
  return leader;
}

Result<tensors::RunAnswer> Batcher::RunAlone(const tensors::RunRequest& request) {
  if (options_.on_run) options_.on_run(InstancesOf(request).value_or(1), 1);
  return run_(request);
}

Result<tensors::RunAnswer> Batcher::Lead(Ticket& leader) {
  if (!leader.companions.empty() && !RunTogether(leader)) {
    // What one of them did wrong is its own, and what the model says of it as well.
    for (Ticket* const companion : leader.companions)
      GiveAnswer(*companion, RunAlone(companion->request));
    leader.companions.clear();
  }
  if (leader.answer) return *std::move(leader.answer);
  return RunAlone(leader.request);
}

// Whether all of them have their answers.
bool Batcher::RunTogether(Ticket& leader) {
  std::vector<const tensors::RunRequest*> requests = {&leader.request};
  std::vector<std::int64_t> instances = {leader.instances};
  for (const Ticket* const companion : leader.companions) {
    requests.push_back(&companion->request);
    instances.push_back(companion->instances);
  }
  const tensors::RunRequest joined = Joined(requests);
  if (options_.on_run) options_.on_run(InstancesOf(joined).value_or(0), requests.size());
  const Result<tensors::RunAnswer> answer = run_(joined);
  if (!answer.ok()) {  // the process is gone, or has stopped: it worked on all of them
    for (Ticket* const companion : leader.companions) GiveAnswer(*companion, answer.status());
    leader.answer = answer.status();
    return true;
  }
  if (!answer->status.ok()) return false;
  std::optional<std::vector<tensors::RunAnswer>> parts = Parted(*answer, instances);
  if (!parts) {
    const std::lock_guard lock(mutex_);
    separate_.insert(leader.kind);
    return false;
  }
  for (std::size_t i = 0; i < leader.companions.size(); ++i)
    GiveAnswer(*leader.companions[i], std::move((*parts)[i + 1]));
  leader.answer = std::move(parts->front());
  return true;
}

void Batcher::GiveAnswer(Ticket& ticket, Result<tensors::RunAnswer> answer) {
  const std::lock_guard lock(mutex_);
  ticket.answer = std::move(answer);
  ticket.wake.notify_one();  // under the lock: the ticket goes with its thread
}

}  // namespace mlengine::serving
