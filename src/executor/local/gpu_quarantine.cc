#include "executor/local/gpu_quarantine.h"

#include <iterator>
#include <utility>

#include "base/log.h"

namespace mlengine::executor {

GpuQuarantine::GpuQuarantine(Look look, std::chrono::milliseconds pause)
    : look_(std::move(look)), pause_(pause), thread_([this] { Loop(); }) {}

GpuQuarantine::~GpuQuarantine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void GpuQuarantine::SetHint(std::function<void()> hint) {
  const std::lock_guard lock(mutex_);
  hint_ = std::move(hint);
}

void GpuQuarantine::Put(const model::GpuHolder& holder) {
  const std::lock_guard lock(mutex_);
  held_[holder.uuid].holders[holder.pid] = holder.name;
  wake_.notify_one();
}

void GpuQuarantine::Suspect(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  held_[uuid].suspect = true;
  hurry_ = true;
  wake_.notify_one();
}

std::vector<HeldGpu> GpuQuarantine::Held() {
  const std::lock_guard lock(mutex_);
  std::vector<HeldGpu> out;
  for (const auto& [uuid, entry] : held_) {
    std::string by;
    for (const auto& [pid, name] : entry.holders) {
      by += (by.empty() ? "" : ", ") + std::string("process ") + std::to_string(pid) + " (" + name +
            ")";
    }
    out.push_back({uuid, by.empty() ? "The GPU " + uuid +
                                          " is not leased until it is known that nobody uses it: "
                                          "the runner of its last replica was lost."
                                    : "The GPU " + uuid + " is still held by " + by +
                                          ", left by a job that has ended: it is not leased until "
                                          "that is gone."});
  }
  return out;
}

bool GpuQuarantine::LookNow() {
  const Result<std::vector<model::GpuHolder>> found = look_();
  if (!found.ok()) {
    Log(LogLevel::kWarning, "cannot ask who uses the GPUs",
        {{"status", found.status().ToString()}});
    return false;
  }
  const std::lock_guard lock(mutex_);
  bool left = false;
  for (auto item = held_.begin(); item != held_.end();) {
    auto& [uuid, entry] = *item;
    std::map<int, std::string> still;
    for (const model::GpuHolder& holder : *found) {
      if (holder.uuid == uuid && (entry.suspect || entry.holders.contains(holder.pid)))
        still[holder.pid] = holder.name;
    }
    entry = {.holders = std::move(still), .suspect = false};
    const bool free = entry.holders.empty();
    left = left || free;
    item = free ? held_.erase(item) : std::next(item);
  }
  return left;
}

void GpuQuarantine::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (held_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !held_.empty(); });
    }
    wake_.wait_for(lock, pause_, [this] { return stopping_ || hurry_; });
    if (stopping_) return;
    hurry_ = false;
    lock.unlock();
    const bool left = LookNow();
    lock.lock();
    if (!left || !hint_) continue;
    const std::function<void()> hint = hint_;
    lock.unlock();
    hint();
    lock.lock();
  }
}

}  // namespace mlengine::executor
