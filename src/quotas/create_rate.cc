#include "quotas/create_rate.h"

#include <iterator>

#include "policy/quota.h"

namespace mlengine::quotas {
namespace {

constexpr std::chrono::seconds kWindow{60};

Status TooMany(const std::string& project, std::int64_t most, Nanoseconds wait) {
  const long long seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  const std::string text =
      "Quota exceeded for quota metric 'Job submission requests' and limit 'Job submission "
      "requests "
      "per minute' of service 'ml.googleapis.com' for consumer 'project:" +
      project + "'. " +
      (most == 0 ? "The limit is 0."
                 : "The limit is " + std::to_string(most) + "; the next request is taken in " +
                       std::to_string(seconds) + " s.");
  return ResourceExhaustedError(text).WithViolations({{project, text}});
}

}  // namespace

Status CreateRate::Take(const std::string& project, std::int64_t most, Time now) {
  const std::lock_guard lock(mutex_);
  // Projects that have been quiet for a minute cost nothing. A clock set back makes nothing count
  // for longer.
  for (auto entry = taken_.begin(); entry != taken_.end();) {
    std::erase_if(entry->second, [now](Time t) { return t > now || t <= now - kWindow; });
    entry = entry->second.empty() ? taken_.erase(entry) : std::next(entry);
  }
  if (most == policy::kUnlimited) return OkStatus();
  if (most == 0) return TooMany(project, most, kWindow);
  std::deque<Time>& taken = taken_[project];
  if (static_cast<std::int64_t>(taken.size()) >= most) {
    // With a limit lowered meanwhile more than one must become old.
    const Time frees = taken[taken.size() - static_cast<std::size_t>(most)];
    return TooMany(project, most, frees + kWindow - now);
  }
  taken.push_back(now);
  return OkStatus();
}

}  // namespace mlengine::quotas
