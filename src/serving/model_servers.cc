#include "serving/model_servers.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace mlengine::serving {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using Server = VersionServers::Server;

constexpr int kLooksBetweenThorough = 5;
constexpr std::chrono::minutes kRememberUnloaded{2};

SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

Outcome OutcomeOf(const Result<Prediction>& prediction) {
  switch (prediction.status().code()) {
    case StatusCode::kOk:
      return prediction->refused ? Outcome::kRefused : Outcome::kAnswered;
    case StatusCode::kInvalidArgument:
      return Outcome::kRefused;
    case StatusCode::kResourceExhausted:
      return Outcome::kTooMany;
    case StatusCode::kUnavailable:
      return Outcome::kUnavailable;
    case StatusCode::kDeadlineExceeded:
      return Outcome::kTooLate;
    default:
      return Outcome::kFailed;
  }
}

}  // namespace

// One request's place; refused when there is none.
class ModelServers::Admission {
 public:
  Admission(ModelServers& servers, VersionInUse& entry) : servers_(servers), entry_(entry) {
    const std::scoped_lock lock(servers.mutex_, entry.mutex);
    if (entry.unloaded) {
      refused_ = AbortedError("The version is not served any more.");
    } else if (servers.together_ >= servers.options_.most_together ||
               entry.requests >= servers.options_.most_requests) {
      refused_ = ResourceExhaustedError(
          "Too many requests of this version are under way. Try again later.");
    } else {
      ++servers.together_;
      entry.peak = std::max(entry.peak, ++entry.requests);
    }
  }
  ~Admission() {
    if (!refused_.ok()) return;
    const std::scoped_lock lock(servers_.mutex_, entry_.mutex);
    --servers_.together_;
    --entry_.requests;
    entry_.last_used = Now();
    if (entry_.unloaded) entry_.left.notify_all();
  }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  const Status& refused() const { return refused_; }

 private:
  ModelServers& servers_;
  VersionInUse& entry_;
  Status refused_;
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

// mutex_ is held.
std::shared_ptr<VersionInUse> ModelServers::NewEntry(const ServedVersion& version) {
  VersionServersOptions processes = options_.processes;
  const auto entry_of_process = std::make_shared<VersionInUse*>(nullptr);
  processes.make_room = [this, entry_of_process] { return MakeRoom(**entry_of_process); };
  auto entry = std::make_shared<VersionInUse>(
      version, std::move(processes),
      VersionRules{
          .deadline = options_.deadline, .slots = options_.slots, .scaling = options_.scaling});
  *entry_of_process = entry.get();
  return entry;
}

std::shared_ptr<VersionInUse> ModelServers::EntryOf(const ServedVersion& version) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<VersionInUse>& entry = entries_[version.folder];
  if (entry == nullptr) entry = NewEntry(version);
  return entry;
}

Status ModelServers::Load(const ServedVersion& version) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(version.folder);
    if (found != entries_.end()) {
      const std::lock_guard entry_lock(found->second->mutex);
      if (found->second->unloaded) entries_.erase(found);
    }
  }
  const std::shared_ptr<VersionInUse> entry = EntryOf(version);
  const Status loaded = entry->servers.Acquire(version, true).status();
  if (loaded.ok()) return loaded;
  const std::lock_guard lock(mutex_);
  entries_.erase(version.folder);
  return loaded;
}

void ModelServers::Unload(const ServedVersion& version) {
  const std::shared_ptr<VersionInUse> entry = EntryOf(version);
  {
    std::unique_lock lock(entry->mutex);
    entry->unloaded = Now();
    entry->left.wait_for(lock, options_.deadline, [&entry] { return entry->requests == 0; });
  }
  entry->servers.Kill();
}

Result<std::string> ModelServers::Predict(const ServedVersion& version, std::string_view body,
                                          bool share) {
  const std::shared_ptr<VersionInUse> entry = EntryOf(version);
  const Admission admission(*this, *entry);
  if (admission.refused().code() == StatusCode::kAborted) return admission.refused();
  entry->TakeScaling(version.version);
  const SteadyTime begun = Now();
  Result<Prediction> prediction =
      admission.refused().ok() ? entry->Ask(version, body, share) : admission.refused();
  entry->figures.CountRequest(OutcomeOf(prediction), Now() - begun,
                              prediction.ok() ? prediction->instances : 0);
  MLENGINE_RETURN_IF_ERROR(prediction.status());
  return std::move(prediction->body);
}

std::vector<std::shared_ptr<VersionInUse>> ModelServers::Entries() const {
  std::vector<std::shared_ptr<VersionInUse>> entries;
  const std::lock_guard lock(mutex_);
  for (const auto& [folder, entry] : entries_) entries.push_back(entry);
  return entries;
}

std::size_t ModelServers::CountProcesses() const {
  std::size_t processes = 0;
  const std::vector<std::shared_ptr<VersionInUse>> entries = Entries();
  for (const auto& entry : entries) processes += entry->servers.Running().size();
  return processes;
}

// Has the one leave that was idle for longest when there are as many as may be.
Status ModelServers::MakeRoom(const VersionInUse& starting) {
  const Status fits = options_.fits ? options_.fits(starting.Version()) : OkStatus();
  if (fits.code() == StatusCode::kFailedPrecondition) return fits;
  if (fits.ok() && CountProcesses() < options_.most_servers) return OkStatus();
  std::shared_ptr<VersionInUse> oldest;
  std::shared_ptr<VersionInUse> richest;
  SteadyTime oldest_use = SteadyTime::max();
  const std::vector<std::shared_ptr<VersionInUse>> entries = Entries();
  for (const auto& entry : entries) {
    const std::size_t processes = entry->servers.Running().size();
    if (entry.get() == &starting || processes == 0) continue;
    if (processes > 1) richest = entry;
    const std::lock_guard lock(entry->mutex);
    if (entry->requests > 0 || entry->last_used >= oldest_use) continue;
    oldest = entry;
    oldest_use = entry->last_used;
  }
  // What works gives back no memory before it is done.
  if (richest != nullptr && fits.ok()) {
    richest->servers.Shrink();
  } else if (oldest != nullptr) {
    oldest->servers.Release();
    if (!fits.ok()) return MakeRoom(starting);
  } else if (!fits.ok()) {
    return fits;
  } else {
    return ResourceExhaustedError("All " + std::to_string(options_.most_servers) +
                                  " model servers of this engine are at work. Try again later.");
  }
  return OkStatus();
}

std::vector<ModelServers::VersionView> ModelServers::Versions() const {
  std::vector<VersionView> views;
  const std::vector<std::shared_ptr<VersionInUse>> entries = Entries();
  for (const auto& entry : entries) {
    VersionView view;
    const std::vector<Server> running = entry->servers.Running();
    for (const Server& server : running)
      view.processes.push_back({server->pid(), server->requests()});
    view.waiting = entry->batcher.waiting();
    view.figures = entry->figures.Get();
    const ServedVersion version = entry->Version();
    view.folder = version.folder;
    view.project = version.project;
    view.model = version.model;
    view.version = version.version.name();
    const std::lock_guard lock(entry->mutex);
    if (entry->unloaded) continue;
    view.requests = entry->requests;
    views.push_back(std::move(view));
  }
  return views;
}

void ModelServers::Watch() {
  std::unique_lock lock(mutex_);
  int looks = 0;
  while (!wake_.wait_for(lock, options_.look_every, [this] { return stopping_; })) {
    lock.unlock();
    const bool thorough = looks++ % kLooksBetweenThorough == 0;
    if (thorough) LookForKept();
    const std::vector<std::shared_ptr<VersionInUse>> entries = Entries();
    for (const auto& entry : entries) LookAfter(*entry, thorough);
    Forget();
    lock.lock();
  }
}

void ModelServers::LookForKept() {
  if (!options_.kept) return;
  std::set<std::string> folders;
  const std::vector<ServedVersion> kept = options_.kept();
  for (const ServedVersion& version : kept) {
    folders.insert(version.folder);
    EntryOf(version)->SetVersion(version);
  }
  const std::vector<std::shared_ptr<VersionInUse>> entries = Entries();
  for (const auto& entry : entries) {
    const bool kept_now = folders.contains(entry->Version().folder);
    const std::lock_guard lock(entry->mutex);
    entry->kept = kept_now;
  }
}

void ModelServers::LookAfter(VersionInUse& entry, bool ask_whether_alive) {
  {
    const std::lock_guard lock(entry.mutex);
    if (entry.unloaded) return;
  }
  entry.EndIdle(options_.idle_after);
  if (ask_whether_alive) entry.EndStopped();
  entry.servers.TakeOutDead();
  if (entry.Scale() && CountProcesses() < options_.most_servers) entry.Grow();
}

// Of an unloaded version its folder is remembered while a request may still come that found it in
// the store before it went.
void ModelServers::Forget() {
  std::vector<std::shared_ptr<VersionInUse>> forgotten;  // ends outside the lock
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& folder_and_entry) {
    const std::lock_guard entry_lock(folder_and_entry.second->mutex);
    const auto& unloaded = folder_and_entry.second->unloaded;
    if (!unloaded || Now() - *unloaded < kRememberUnloaded) return false;
    forgotten.push_back(folder_and_entry.second);
    return true;
  });
}

}  // namespace mlengine::serving
