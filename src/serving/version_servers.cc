#include "serving/version_servers.h"

#include <algorithm>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"
#include "serving/warm_up.h"

namespace mlengine::serving {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

std::string LogName(const ServedVersion& version) {
  return version.project + "." + version.model + "." + version.version.name() + ".log";
}

std::string NameOf(const ServedVersion& version) {
  return version.project + "/" + version.model + "/" + version.version.name();
}

}  // namespace

VersionServers::VersionServers(VersionServersOptions options, FigureKeeper& figures)
    : options_(std::move(options)), figures_(figures) {}

VersionServers::Server VersionServers::LeastBusy() const {
  const std::lock_guard lock(mutex_);
  Server best;
  for (const Server& server : servers_) {
    if (!server->alive()) continue;
    if (best == nullptr || server->requests() < best->requests()) best = server;
  }
  return best;
}

Result<VersionServers::Server> VersionServers::Acquire(const ServedVersion& version,
                                                       bool despite_deaths) {
  if (Server server = LeastBusy(); server != nullptr) return server;
  const std::lock_guard start_lock(start_mutex_);
  if (Server server = LeastBusy(); server != nullptr) return server;
  CountDead();
  if (!despite_deaths && Now() < may_start_) {
    return UnavailableError(
        "The model server of this version failed; it is started again soon. Try again later.");
  }
  return Start(version);
}

void VersionServers::TakeOutDead() {
  if (const std::unique_lock lock(start_mutex_, std::try_to_lock); lock.owns_lock()) CountDead();
}

// start_mutex_ is held.
void VersionServers::CountDead() {
  std::vector<Server> dead;
  {
    const std::lock_guard lock(mutex_);
    const auto first = std::ranges::partition(servers_, &ServerProcess::alive).begin();
    dead.assign(first, servers_.end());
    servers_.erase(first, servers_.end());
  }
  if (dead.empty()) return;
  for (const Server& server : dead) {
    ++deaths_;
    figures_.CountDeath();
    Log(LogLevel::kWarning, "a model server died",
        {{"pid", std::to_string(server->pid())}, {"deaths", std::to_string(deaths_)}});
  }
  const auto wait = options_.first_backoff * (1LL << std::min(deaths_ - 1, 16));
  may_start_ = Now() + std::min<std::chrono::milliseconds>(wait, options_.longest_backoff);
  // The first death may have been anything; a second one soon after has a reason.
  if (deaths_ == 1) may_start_ = Now();
}

Status VersionServers::WarmUpServer(const ServedVersion& version, ServerProcess& server) const {
  if (version.version.framework() != ml::v1::Version::TENSORFLOW) return OkStatus();
  return WarmUp(JoinPath(version.folder, "model"), server.signatures(),
                [&](const tensors::RunRequest& request) {
                  return server.Run(request, options_.load_timeout);
                });
}

// start_mutex_ is held.
Result<VersionServers::Server> VersionServers::Start(const ServedVersion& version) {
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::string> words, options_.words_of(version));
  MLENGINE_RETURN_IF_ERROR(options_.make_room());
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectoriesVisible(options_.log_folder));
  const SteadyTime begun = Now();
  Result<Server> started = ServerProcess::Start(
      {std::move(words), JoinPath(options_.log_folder, LogName(version)), options_.load_timeout});
  if (!started.ok()) {
    // A load that fails now would fail again at once.
    ++deaths_;
    may_start_ = Now() + options_.first_backoff;
    return started.status();
  }
  if (const Status warm = WarmUpServer(version, **started); !warm.ok()) {
    ++deaths_;
    may_start_ = Now() + options_.first_backoff;
    return warm;
  }
  figures_.CountStart();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Now() - begun);
  const std::lock_guard lock(mutex_);
  servers_.push_back(*started);
  Log(LogLevel::kInfo, "a model server runs",
      {{"version", NameOf(version)},
       {"pid", std::to_string((*started)->pid())},
       {"processes", std::to_string(servers_.size())},
       {"library", (*started)->library_version()},
       {"milliseconds", std::to_string(took.count())}});
  return started;
}

Status VersionServers::Grow(const ServedVersion& version) {
  const std::lock_guard start_lock(start_mutex_);
  CountDead();
  if (Now() < may_start_) return UnavailableError("the last process of this version failed");
  return Start(version).status();
}

void VersionServers::Shrink() {
  Server leaving;  // ends with its last user
  const std::lock_guard lock(mutex_);
  if (servers_.size() < 2) return;
  const auto least = std::ranges::min_element(
      servers_, {}, [](const Server& server) { return server->requests(); });
  leaving = std::move(*least);
  servers_.erase(least);
}

void VersionServers::Answered() {
  // The lock is taken after deaths alone.
  if (const std::unique_lock lock(start_mutex_, std::try_to_lock); lock.owns_lock()) deaths_ = 0;
}

void VersionServers::Kill() {
  std::vector<Server> leaving;
  const std::lock_guard start_lock(start_mutex_);
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(servers_);
  }
  for (const Server& server : leaving) server->Kill();
}

void VersionServers::Release() {
  std::vector<Server> leaving;
  const std::lock_guard lock(mutex_);
  leaving.swap(servers_);
}

std::vector<VersionServers::Server> VersionServers::Running() const {
  std::vector<Server> running;
  const std::lock_guard lock(mutex_);
  std::ranges::copy_if(servers_, std::back_inserter(running), &ServerProcess::alive);
  return running;
}

}  // namespace mlengine::serving
