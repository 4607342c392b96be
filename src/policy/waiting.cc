#include "policy/waiting.h"

#include <algorithm>

namespace mlengine::policy {
namespace {

constexpr std::size_t kNamed = 5;

std::string Count(std::size_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

bool GoesBefore(const PoolJob& a, const PoolJob& b) {
  return std::pair(-a.priority, a.sequence) < std::pair(-b.priority, b.sequence);
}

// "a (2 slots), b (1 slot) and 3 more".
std::string Names(const std::vector<PoolJob>& jobs) {
  std::string out;
  for (std::size_t i = 0; i < std::min(jobs.size(), kNamed); ++i) {
    out += (i == 0 ? "" : ", ") + jobs[i].name + " (" +
           Count(static_cast<std::size_t>(jobs[i].replicas), "slot") + ")";
  }
  if (jobs.size() > kNamed) out += " and " + std::to_string(jobs.size() - kNamed) + " more";
  return out;
}

// The moment from which at least `needed` slots are free if every holder takes all its time;
// nothing when one that is needed has no limit.
std::optional<Time> FreeBy(std::vector<PoolJob> holders, int needed, int free) {
  std::sort(holders.begin(), holders.end(), [](const PoolJob& a, const PoolJob& b) {
    return a.ends_by.value_or(Time::max()) < b.ends_by.value_or(Time::max());
  });
  for (const PoolJob& holder : holders) {
    free += holder.replicas;
    if (free >= needed) return holder.ends_by;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> WhyWaiting(const PoolJob& job, const std::vector<PoolJob>& others,
                                    int slots) {
  std::vector<PoolJob> holders;
  std::vector<PoolJob> before;
  int used = 0;
  for (const PoolJob& other : others) {
    if (other.holds_room) {
      holders.push_back(other);
      used += other.replicas;
    } else if (GoesBefore(other, job)) {
      before.push_back(other);
    }
  }
  std::sort(before.begin(), before.end(), GoesBefore);
  std::vector<std::string> out;
  const std::string needs = Count(static_cast<std::size_t>(job.replicas), "slot");
  if (job.replicas > slots) {
    out.push_back("It needs " + needs + ", more than the " + std::to_string(slots) +
                  " of the pool, so it runs alone, once all of them are free.");
  } else {
    const int free = std::max(0, slots - used);
    out.push_back("It needs " + needs + " of the " + std::to_string(slots) + " of the pool; " +
                  std::to_string(free) + (free == 1 ? " is" : " are") + " free.");
  }
  if (!holders.empty()) out.push_back("Room is held by " + Names(holders) + ".");
  if (!before.empty()) {
    out.push_back(Count(before.size(), "job") + (before.size() == 1 ? " is" : " are") +
                  " before it, of a higher priority or older: " + Names(before) + ".");
  } else if (const std::optional<Time> by =
                 FreeBy(holders, std::min(job.replicas, slots), slots - used)) {
    out.push_back("It starts at " + FormatTimeSeconds(*by) +
                  " at the latest, by the maxRunningTime of those "
                  "that run.");
  } else if (!holders.empty()) {
    out.push_back("When it starts is not known: what runs has no maxRunningTime.");
  } else {
    out.push_back("It is the next to start.");
  }
  return out;
}

}  // namespace mlengine::policy
