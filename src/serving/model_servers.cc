#include "serving/model_servers.h"

#include <algorithm>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"
#include "serving/predictor.h"

namespace mlengine::serving {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kPingTimeout{10'000};

SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

// Those whose nodes are asked for stay.
bool StaysWhenIdle(const ml::v1::Version& version) {
  return version.auto_scaling().min_nodes() > 0 || version.manual_scaling().nodes() > 0;
}

std::string LogName(const ServedVersion& version) {
  return version.project + "." + version.model + "." + version.version.name() + ".log";
}

}  // namespace

// One version. Its own mutex is held while its process starts, so that there is one start at a
// time; it is never taken while mutex_ of the servers is held.
struct ModelServers::Entry {
  std::mutex start_mutex;
  SteadyTime may_start{};  // guarded by start_mutex, as the one below
  int deaths = 0;          // since it last answered

  mutable std::mutex mutex;  // of what is below
  Server server;             // null: none runs
  SteadyTime last_used{};
  int requests = 0;
  bool stays = false;
  std::string name;  // for the log
};

// One request's place; refused when there is none.
class ModelServers::Admission {
 public:
  Admission(ModelServers& servers, Entry& entry) : servers_(servers), entry_(entry) {
    const std::scoped_lock lock(servers.mutex_, entry.mutex);
    if (servers.together_ >= servers.options_.most_together ||
        entry.requests >= servers.options_.most_requests)
      return;
    ++servers.together_;
    ++entry.requests;
    admitted_ = true;
  }
  ~Admission() {
    if (!admitted_) return;
    const std::scoped_lock lock(servers_.mutex_, entry_.mutex);
    --servers_.together_;
    --entry_.requests;
    entry_.last_used = Now();
  }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  bool admitted() const { return admitted_; }

 private:
  ModelServers& servers_;
  Entry& entry_;
  bool admitted_ = false;
};

ModelServers::ModelServers(ModelServerOptions options) : options_(std::move(options)) {
  watcher_ = std::thread([this] { Watch(); });
}

ModelServers::~ModelServers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  watcher_.join();
}

std::shared_ptr<ModelServers::Entry> ModelServers::EntryOf(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Entry>& entry = entries_[folder];
  if (entry == nullptr) entry = std::make_shared<Entry>();
  return entry;
}

Status ModelServers::Load(const ServedVersion& version) {
  const std::shared_ptr<Entry> entry = EntryOf(version.folder);
  const Status loaded = Acquire(version, *entry, true).status();
  if (!loaded.ok()) Unload(version);
  return loaded;
}

void ModelServers::Unload(const ServedVersion& version) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(version.folder);
    if (found == entries_.end()) return;
    entry = std::move(found->second);
    entries_.erase(found);
  }
  const std::lock_guard start_lock(entry->start_mutex);
  Server server;
  {
    const std::lock_guard lock(entry->mutex);
    server = std::move(entry->server);
  }
  if (server != nullptr) server->Kill();
}

// When the process cannot be had: why, and nothing else changes.
Result<ModelServers::Server> ModelServers::Acquire(const ServedVersion& version, Entry& entry,
                                                   bool despite_deaths) {
  {
    const std::lock_guard lock(entry.mutex);
    if (entry.server != nullptr && entry.server->alive()) return entry.server;
  }
  const std::lock_guard start_lock(entry.start_mutex);
  bool died = false;
  {
    const std::lock_guard lock(entry.mutex);
    if (entry.server != nullptr && entry.server->alive()) return entry.server;
    died = entry.server != nullptr;
    entry.server = nullptr;
  }
  if (died) {
    ++entry.deaths;
    const auto wait = options_.first_backoff * (1LL << std::min(entry.deaths - 1, 16));
    entry.may_start = Now() + std::min<std::chrono::milliseconds>(wait, options_.longest_backoff);
    // The first death may have been anything; a second one soon after has a reason.
    if (entry.deaths == 1) entry.may_start = Now();
    Log(LogLevel::kWarning, "a model server died",
        {{"version", entry.name}, {"deaths", std::to_string(entry.deaths)}});
  }
  if (!despite_deaths && Now() < entry.may_start) {
    return UnavailableError(
        "The model server of this version failed; it is started again soon. Try again later.");
  }
  return StartServer(version, entry);
}

Result<ModelServers::Server> ModelServers::StartServer(const ServedVersion& version, Entry& entry) {
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::string> words, options_.words_of(version));
  MLENGINE_RETURN_IF_ERROR(MakeRoom(entry));
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectoriesVisible(options_.log_folder));
  const SteadyTime begun = Now();
  Result<Server> started = ServerProcess::Start(
      {std::move(words), JoinPath(options_.log_folder, LogName(version)), options_.load_timeout});
  if (!started.ok()) {
    // A load that fails now would fail again at once.
    ++entry.deaths;
    entry.may_start = Now() + options_.first_backoff;
    return started.status();
  }
  const std::lock_guard lock(entry.mutex);
  entry.server = *started;
  entry.last_used = Now();
  entry.stays = StaysWhenIdle(version.version);
  entry.name = version.project + "/" + version.model + "/" + version.version.name();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Now() - begun);
  Log(LogLevel::kInfo, "a model server runs",
      {{"version", entry.name},
       {"pid", std::to_string((*started)->pid())},
       {"library", (*started)->library_version()},
       {"milliseconds", std::to_string(took.count())}});
  return started;
}

// Ends the one that was idle for longest when there are as many as may be.
Status ModelServers::MakeRoom(const Entry& starting) {
  Server leaving;
  const std::lock_guard lock(mutex_);
  Entry* oldest = nullptr;
  std::size_t running = 0;
  for (const auto& [folder, entry] : entries_) {
    const std::lock_guard entry_lock(entry->mutex);
    if (entry.get() == &starting || entry->server == nullptr) continue;
    ++running;
    if (entry->requests > 0) continue;
    if (oldest == nullptr || entry->last_used < oldest->last_used) oldest = entry.get();
  }
  if (running < options_.most_servers) return OkStatus();
  if (oldest == nullptr) {
    return ResourceExhaustedError("All " + std::to_string(options_.most_servers) +
                                  " model servers of this engine are at work. Try again later.");
  }
  const std::lock_guard entry_lock(oldest->mutex);
  leaving = std::move(oldest->server);
  leaving->Kill();
  return OkStatus();
}

Result<std::string> ModelServers::Predict(const ServedVersion& version, std::string_view body) {
  const std::shared_ptr<Entry> entry = EntryOf(version.folder);
  const Admission admission(*this, *entry);
  if (!admission.admitted()) {
    return ResourceExhaustedError(
        "Too many requests of this version are under way. Try again later.");
  }
  const Result<Server> acquired = Acquire(version, *entry, false);
  if (acquired.status().code() == StatusCode::kInvalidArgument) {
    return FailedPreconditionError("Failed to load model: " + acquired.status().message() +
                                   " (Error code: 0)");
  }
  MLENGINE_RETURN_IF_ERROR(acquired.status());
  const Server& server = *acquired;
  return serving::Predict(
      body, server->signatures(),
      [&](const tensors::RunRequest& run) -> Result<tensors::RunAnswer> {
        Result<tensors::RunAnswer> answer = server->Run(run, options_.deadline);
        if (answer.ok()) {
          // The lock is taken after deaths alone.
          if (const std::unique_lock lock(entry->start_mutex, std::try_to_lock); lock.owns_lock())
            entry->deaths = 0;
        } else if (answer.status().code() == StatusCode::kUnavailable) {
          return UnavailableError(answer.status().message() +
                                  " Only the requests that it worked on failed; try again.");
        }
        return answer;
      });
}

std::vector<ModelServers::Figures> ModelServers::Running() const {
  std::vector<Figures> figures;
  const std::lock_guard lock(mutex_);
  for (const auto& [folder, entry] : entries_) {
    const std::lock_guard entry_lock(entry->mutex);
    if (entry->server != nullptr && entry->server->alive())
      figures.push_back({folder, entry->server->pid(), entry->requests});
  }
  return figures;
}

void ModelServers::Watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.look_every, [this] { return stopping_; })) {
    std::vector<std::shared_ptr<Entry>> entries;
    for (const auto& [folder, entry] : entries_) entries.push_back(entry);
    lock.unlock();
    for (const auto& entry : entries) LookAfter(*entry);
    lock.lock();
  }
}

void ModelServers::LookAfter(Entry& entry) {
  Server server;
  bool idle = false;
  {
    const std::lock_guard lock(entry.mutex);
    server = entry.server;
    if (server == nullptr) return;
    idle = entry.requests == 0 && !entry.stays && Now() - entry.last_used > options_.idle_after;
    if (idle) entry.server = nullptr;
  }
  if (idle) {
    Log(LogLevel::kInfo, "an idle model server ends", {{"version", entry.name}});
    return;  // its last owner ends it
  }
  if (!server->alive() || server->Answers(kPingTimeout)) return;
  Log(LogLevel::kWarning, "a model server does not answer and is ended",
      {{"version", entry.name}, {"pid", std::to_string(server->pid())}});
  server->Kill();
}

}  // namespace mlengine::serving
