#include "policy/waiting.h"

#include <algorithm>
#include <map>
#include <utility>

namespace mlengine::policy {
namespace {

constexpr std::size_t kNamed = 5;

std::string Count(std::size_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

std::string Count(int n, const std::string& one) {
  return Count(static_cast<std::size_t>(std::max(0, n)), one);
}

// "2 slots and 1 GPU".
std::string Room(int slots, int gpus) {
  return Count(slots, "slot") + (gpus == 0 ? "" : " and " + Count(gpus, "GPU"));
}

std::string Text(std::size_t n) {
  return std::to_string(n);
}

std::string Text(int n) {
  return std::to_string(std::max(0, n));
}

bool GoesBefore(const PoolJob& a, const PoolJob& b) {
  return std::pair(-a.priority, a.sequence) < std::pair(-b.priority, b.sequence);
}

bool CouldHold(const PoolSize& pool, const PoolJob& job) {
  return job.tpus == 0 && job.gpus <= pool.gpus && (job.gpus == 0 || job.replicas <= pool.slots);
}

// "a (2 slots), b (1 slot) and 3 more".
std::string Names(const std::vector<PoolJob>& jobs) {
  std::string out;
  for (std::size_t i = 0; i < std::min(jobs.size(), kNamed); ++i)
    out += (i == 0 ? "" : ", ") + jobs[i].name + " (" + Room(jobs[i].replicas, jobs[i].gpus) + ")";
  if (jobs.size() > kNamed) out += " and " + std::to_string(jobs.size() - kNamed) + " more";
  return out;
}

Reason Told(std::string code, std::string sentence, const std::vector<PoolJob>& jobs) {
  std::string names;
  for (std::size_t i = 0; i < std::min(jobs.size(), kNamed); ++i)
    names += (i == 0 ? "" : ", ") + jobs[i].name;
  return {std::move(sentence),
          std::move(code),
          {{"count", Text(jobs.size())},
           {"jobs", names},
           {"more", Text(jobs.size() - std::min(jobs.size(), kNamed))}}};
}

std::optional<Time> EndsBy(const PoolJob& job) {
  return job.started && job.limit ? std::optional(*job.started + *job.limit) : std::nullopt;
}

// The moment from which the job has its room if every holder takes all its time; nothing when one
// that is needed has no limit.
std::optional<Time> FreeBy(const PoolJob& job, std::vector<PoolJob> holders, PoolSize free) {
  std::ranges::sort(holders, {},
                    [](const PoolJob& one) { return EndsBy(one).value_or(Time::max()); });
  for (const PoolJob& holder : holders) {
    free.slots += holder.replicas;
    free.gpus += holder.gpus;
    if (free.slots >= job.replicas && free.gpus >= job.gpus) return EndsBy(holder);
  }
  return std::nullopt;
}

// What the others mean for the job: those that hold room and those that go before it.
struct Others {
  std::vector<PoolJob> holders;
  std::vector<PoolJob> before;  // in their order
  PoolSize free;                // may be negative
};

Others Sort(const PoolJob& job, const std::vector<PoolJob>& others, const PoolSize& pool) {
  Others out{{}, {}, pool};
  for (const PoolJob& other : others) {
    if (other.holds_room) {
      out.holders.push_back(other);
      out.free.slots -= other.replicas;
      out.free.gpus -= other.gpus;
    } else if (CouldHold(pool, other) && GoesBefore(other, job)) {
      out.before.push_back(other);
    }
  }
  std::ranges::sort(out.before, GoesBefore);
  return out;
}

Reason WhatItNeeds(const PoolJob& job, const PoolSize& pool, const PoolSize& free) {
  std::vector<std::pair<std::string, std::string>> values = {
      {"slots", Text(job.replicas)},   {"gpus", Text(job.gpus)},
      {"poolSlots", Text(pool.slots)}, {"poolGpus", Text(pool.gpus)},
      {"freeSlots", Text(free.slots)}, {"freeGpus", Text(free.gpus)}};
  const std::string needs = "It needs " + Room(job.replicas, job.gpus);
  if (job.replicas > pool.slots) {
    return {needs + ", more than the " + std::to_string(pool.slots) +
                " of the pool, so it runs alone, once all of them are free.",
            "NEEDS_WHOLE_POOL", std::move(values)};
  }
  const std::string of = " of the " + std::to_string(pool.slots) +
                         (job.gpus == 0 ? "" : " and " + std::to_string(pool.gpus)) +
                         " of the pool; ";
  const int slots = std::max(0, free.slots);
  const std::string there = job.gpus > 0
                                ? Room(slots, std::max(0, free.gpus)) + " are free."
                                : std::to_string(slots) + (slots == 1 ? " is" : " are") + " free.";
  return {needs + of + there, "NEEDS_ROOM", std::move(values)};
}

Reason NoSuchDevice(const PoolJob& job, const PoolSize& pool) {
  if (job.tpus > 0) {
    return {"It needs " + Count(job.tpus, "TPU") +
                ", and no pool has such a device: it waits until it is cancelled.",
            "NO_TPU",
            {{"tpus", Text(job.tpus)}}};
  }
  if (job.gpus > pool.gpus) {
    return {"It needs " + Count(job.gpus, "GPU") + ", and no pool has so many: the local one has " +
                std::to_string(pool.gpus) +
                ". It waits until it is cancelled, or the server finds more.",
            "TOO_FEW_GPUS",
            {{"gpus", Text(job.gpus)}, {"poolGpus", Text(pool.gpus)}}};
  }
  return {
      "It needs " + Room(job.replicas, job.gpus) + " at once, and the pool has " +
          Count(pool.slots, "slot") +
          ": jobs with GPUs do not share them. It waits until it is cancelled.",
      "GPUS_SHARE_NO_SLOTS",
      {{"slots", Text(job.replicas)}, {"gpus", Text(job.gpus)}, {"poolSlots", Text(pool.slots)}}};
}

}  // namespace

std::optional<Time> EstimatedStart(const PoolJob& job, const std::vector<PoolJob>& others,
                                   const PoolSize& pool, Nanoseconds typical_length, Time now) {
  if (!CouldHold(pool, job) || typical_length <= Nanoseconds(0)) return std::nullopt;
  const auto length = [&](const PoolJob& one) {
    return one.limit ? std::min(*one.limit, typical_length) : typical_length;
  };
  Others sorted = Sort(job, others, pool);
  std::multimap<Time, const PoolJob*> ends;
  for (const PoolJob& holder : sorted.holders) {
    const Time end = holder.started.value_or(now) + length(holder);
    if (end < now) return std::nullopt;
    ends.emplace(end, &holder);
  }
  sorted.before.push_back(job);
  Time start = now;
  for (const PoolJob& next : sorted.before) {
    const int slots = std::min(next.replicas, pool.slots);
    while (sorted.free.slots < slots || sorted.free.gpus < next.gpus) {
      if (ends.empty()) return std::nullopt;
      start = std::max(start, ends.begin()->first);
      sorted.free.slots += std::min(ends.begin()->second->replicas, pool.slots);
      sorted.free.gpus += ends.begin()->second->gpus;
      ends.erase(ends.begin());
    }
    sorted.free.slots -= slots;
    sorted.free.gpus -= next.gpus;
    ends.emplace(start + length(next), &next);
  }
  return start;
}

std::vector<Reason> WhyWaiting(const PoolJob& job, const std::vector<PoolJob>& others,
                               const PoolSize& pool, const PastJobs& past, Time now) {
  if (!CouldHold(pool, job)) return {NoSuchDevice(job, pool)};
  const Others sorted = Sort(job, others, pool);
  std::vector<Reason> out = {WhatItNeeds(job, pool, sorted.free)};
  if (!sorted.holders.empty()) {
    out.push_back(
        Told("HELD_BY", "Room is held by " + Names(sorted.holders) + ".", sorted.holders));
  }
  bool has_latest = false;
  if (!sorted.before.empty()) {
    out.push_back(
        Told("BEHIND",
             Count(sorted.before.size(), "job") + (sorted.before.size() == 1 ? " is" : " are") +
                 " before it, of a higher priority or older: " + Names(sorted.before) + ".",
             sorted.before));
  } else if (sorted.holders.empty()) {
    out.push_back({"It is the next to start.", "NEXT"});
    return out;
  } else {
    PoolJob needed = job;
    needed.replicas = std::min(job.replicas, pool.slots);
    if (const std::optional<Time> by = FreeBy(needed, sorted.holders, sorted.free)) {
      has_latest = true;
      out.push_back({"It starts at " + FormatTimeSeconds(*by) +
                         " at the latest, by the maxRunningTime of those that run.",
                     "STARTS_BY",
                     {{"time", FormatTimeSeconds(*by)}}});
    }
  }
  const std::optional<Time> estimate =
      EstimatedStart(job, others, pool, past.count > 0 ? past.typical_length : Nanoseconds(0), now);
  if (estimate) {
    const std::string seconds = std::to_string(past.typical_length / std::chrono::seconds(1));
    out.push_back({"It starts at about " + FormatTimeSeconds(*estimate) +
                       ", if jobs take as long as the last " + std::to_string(past.count) +
                       " that succeeded in this project: " + seconds + " s, their median.",
                   "STARTS_ABOUT",
                   {{"time", FormatTimeSeconds(*estimate)},
                    {"count", Text(past.count)},
                    {"seconds", seconds}}});
  } else if (!has_latest) {
    out.push_back(past.count == 0
                      ? Reason{"When it starts is not known: no job of this project has succeeded "
                               "yet that would tell how long they take.",
                               "START_UNKNOWN"}
                      : Reason{"When it starts is not known: what runs takes longer than jobs of "
                               "this project have taken.",
                               "START_OVERDUE"});
  }
  return out;
}

}  // namespace mlengine::policy
