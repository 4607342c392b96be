#include "serving/model_servers.h"

#include <algorithm>
#include <future>
#include <optional>
#include <set>
#include <utility>

#include "base/log.h"
#include "serving/batcher.h"
#include "serving/worker_predictor.h"

namespace mlengine::serving {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using Server = VersionServers::Server;

constexpr std::chrono::milliseconds kPingTimeout{10'000};
constexpr int kLooksBetweenThorough = 5;
constexpr std::chrono::minutes kRememberUnloaded{2};

SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

// Runs of one process at once. Python code is written for one thread.
int SlotsOf(const ml::v1::Version& version, const ModelServerOptions& options) {
  return version.framework() == ml::v1::Version::TENSORFLOW ? options.slots : 1;
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

// One version. mutex is never held while that of the servers is taken.
struct ModelServers::Entry {
  Entry(const ServedVersion& served, VersionServersOptions processes, int slots)
      : version(served),
        servers(std::move(processes), figures),
        batcher([this](const tensors::RunRequest& request) { return Run(request); },
                {.slots = slots, .on_run = [this](std::int64_t instances, std::size_t together) {
                   figures.CountRun(instances, together);
                 }}) {}

  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request) {
    MLENGINE_ASSIGN_OR_RETURN(const Server server, servers.Acquire(Version(), false));
    return Noted(server->Run(request, deadline));
  }

  template <typename T>
  Result<T> Noted(Result<T> answer) {
    if (answer.ok()) servers.Answered();
    if (answer.status().code() != StatusCode::kUnavailable) return answer;
    return UnavailableError(answer.status().message() +
                            " Only the requests that it worked on failed; try again.");
  }

  ServedVersion Version() const {
    const std::lock_guard lock(mutex);
    return version;
  }

  // It may have been changed.
  void TakeScaling(const ml::v1::Version& of) {
    const std::lock_guard lock(mutex);
    *version.version.mutable_auto_scaling() = of.auto_scaling();
    *version.version.mutable_manual_scaling() = of.manual_scaling();
  }

  std::chrono::milliseconds deadline{60'000};
  FigureKeeper figures;

  mutable std::mutex mutex;      // of what is below, but for servers and batcher
  std::condition_variable left;  // a request has its answer
  ServedVersion version;         // its scaling as the last request had it
  SteadyTime last_used = Now();
  int requests = 0;
  int peak = 0;       // of requests, since the last look
  bool kept = false;  // also when nobody asks
  std::optional<SteadyTime> unloaded;
  Scaler scaler;  // of the watcher alone

  VersionServers servers;
  Batcher batcher;
  std::future<void> growing;  // of the watcher alone; last, for it uses what is above
};

// One request's place; refused when there is none.
class ModelServers::Admission {
 public:
  Admission(ModelServers& servers, Entry& entry) : servers_(servers), entry_(entry) {
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
  Entry& entry_;
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
std::shared_ptr<ModelServers::Entry> ModelServers::NewEntry(const ServedVersion& version) {
  VersionServersOptions processes = options_.processes;
  const auto entry_of_process = std::make_shared<Entry*>(nullptr);
  processes.make_room = [this, entry_of_process] { return MakeRoom(**entry_of_process); };
  auto entry = std::make_shared<Entry>(version, std::move(processes), options_.slots);
  *entry_of_process = entry.get();
  entry->deadline = options_.deadline;
  return entry;
}

std::shared_ptr<ModelServers::Entry> ModelServers::EntryOf(const ServedVersion& version) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Entry>& entry = entries_[version.folder];
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
  const std::shared_ptr<Entry> entry = EntryOf(version);
  const Status loaded = entry->servers.Acquire(version, true).status();
  if (loaded.ok()) return loaded;
  const std::lock_guard lock(mutex_);
  entries_.erase(version.folder);
  return loaded;
}

void ModelServers::Unload(const ServedVersion& version) {
  const std::shared_ptr<Entry> entry = EntryOf(version);
  {
    std::unique_lock lock(entry->mutex);
    entry->unloaded = Now();
    entry->left.wait_for(lock, options_.deadline, [&entry] { return entry->requests == 0; });
  }
  entry->servers.Kill();
}

Result<Prediction> ModelServers::Ask(Entry& entry, const ServedVersion& version,
                                     std::string_view body, bool share) {
  const Result<Server> server = entry.servers.Acquire(version, false);
  const StatusCode code = server.status().code();
  if (code == StatusCode::kInvalidArgument || code == StatusCode::kAborted) {
    return FailedPreconditionError("Failed to load model: " + server.status().message() +
                                   " (Error code: 0)");
  }
  MLENGINE_RETURN_IF_ERROR(server.status());
  if (version.version.framework() != ml::v1::Version::TENSORFLOW) {
    return PredictByWorker(body, [&](std::string_view request) {
      return entry.Noted((*server)->Predict(request, options_.deadline));
    });
  }
  return serving::Predict(body, (*server)->signatures(),
                          [&](const tensors::RunRequest& run, bool rows) {
                            return entry.batcher.Run(run, rows && share, options_.deadline);
                          });
}

Result<std::string> ModelServers::Predict(const ServedVersion& version, std::string_view body,
                                          bool share) {
  const std::shared_ptr<Entry> entry = EntryOf(version);
  const Admission admission(*this, *entry);
  if (admission.refused().code() == StatusCode::kAborted) return admission.refused();
  entry->TakeScaling(version.version);
  const SteadyTime begun = Now();
  Result<Prediction> prediction =
      admission.refused().ok() ? Ask(*entry, version, body, share) : admission.refused();
  entry->figures.CountRequest(OutcomeOf(prediction), Now() - begun,
                              prediction.ok() ? prediction->instances : 0);
  MLENGINE_RETURN_IF_ERROR(prediction.status());
  return std::move(prediction->body);
}

std::vector<std::shared_ptr<ModelServers::Entry>> ModelServers::Entries() const {
  std::vector<std::shared_ptr<Entry>> entries;
  const std::lock_guard lock(mutex_);
  for (const auto& [folder, entry] : entries_) entries.push_back(entry);
  return entries;
}

std::size_t ModelServers::CountProcesses() const {
  std::size_t processes = 0;
  const std::vector<std::shared_ptr<Entry>> entries = Entries();
  for (const auto& entry : entries) processes += entry->servers.Running().size();
  return processes;
}

// Has the one leave that was idle for longest when there are as many as may be.
Status ModelServers::MakeRoom(const Entry& starting) {
  const Status fits = options_.fits ? options_.fits(starting.Version()) : OkStatus();
  if (fits.code() == StatusCode::kFailedPrecondition) return fits;
  if (fits.ok() && CountProcesses() < options_.most_servers) return OkStatus();
  std::shared_ptr<Entry> oldest;
  std::shared_ptr<Entry> richest;
  SteadyTime oldest_use = SteadyTime::max();
  const std::vector<std::shared_ptr<Entry>> entries = Entries();
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
  const std::vector<std::shared_ptr<Entry>> entries = Entries();
  for (const auto& entry : entries) {
    VersionView view;
    const std::vector<Server> running = entry->servers.Running();
    for (const Server& server : running)
      view.processes.push_back({server->pid(), server->requests()});
    view.waiting = entry->batcher.waiting();
    view.figures = entry->figures.Get();
    const std::lock_guard lock(entry->mutex);
    if (entry->unloaded) continue;
    view.folder = entry->version.folder;
    view.project = entry->version.project;
    view.model = entry->version.model;
    view.version = entry->version.version.name();
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
    const std::vector<std::shared_ptr<Entry>> entries = Entries();
    for (const auto& entry : entries) LookAfter(entry, thorough);
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
    const std::shared_ptr<Entry> entry = EntryOf(version);
    const std::lock_guard lock(entry->mutex);
    entry->version = version;
  }
  const std::vector<std::shared_ptr<Entry>> entries = Entries();
  for (const auto& entry : entries) {
    const std::lock_guard lock(entry->mutex);
    entry->kept = folders.contains(entry->version.folder);
  }
}

void ModelServers::LookAfter(const std::shared_ptr<Entry>& entry, bool ask_whether_alive) {
  const std::vector<Server> running = entry->servers.Running();
  bool idle = false;
  {
    const std::lock_guard lock(entry->mutex);
    if (entry->unloaded) return;
    idle = entry->requests == 0 && !entry->kept && Now() - entry->last_used > options_.idle_after;
  }
  if (idle && !running.empty()) {
    Log(LogLevel::kInfo, "an idle model server ends", {{"folder", entry->Version().folder}});
    entry->servers.Release();
    return;
  }
  if (ask_whether_alive) {
    for (const Server& server : running) {
      if (!server->alive() || server->Answers(kPingTimeout)) continue;
      Log(LogLevel::kWarning, "a model server does not answer and is ended",
          {{"pid", std::to_string(server->pid())}});
      server->Kill();
    }
  }
  entry->servers.TakeOutDead();
  Scale(*entry);
}

void ModelServers::Scale(Entry& entry) {
  using std::chrono_literals::operator""s;
  const auto processes = static_cast<int>(entry.servers.Running().size());
  const int slots = SlotsOf(entry.Version().version, options_);
  entry.batcher.SetSlots(slots * std::max(1, processes));
  if (entry.growing.valid() && entry.growing.wait_for(0s) != std::future_status::ready) return;
  ServedVersion version;
  int peak = 0;
  bool kept = false;
  {
    const std::lock_guard lock(entry.mutex);
    version = entry.version;
    peak = std::exchange(entry.peak, entry.requests);
    kept = entry.kept;
  }
  ScalingBounds bounds = BoundsOf(version.version, options_.scaling);
  if (!kept) bounds.least = 0;
  const Scaler::Step step =
      entry.scaler.Look(bounds, options_.scaling, processes, peak, slots, Now());
  if (step == Scaler::Step::kShrink) return entry.servers.Shrink();
  if (step != Scaler::Step::kGrow || CountProcesses() >= options_.most_servers) return;
  // A model may take minutes to load; the others are looked after meanwhile.
  entry.growing = std::async(std::launch::async, [&entry, version] {
    if (const Status grown = entry.servers.Grow(version); !grown.ok())
      Log(LogLevel::kWarning, "no further model server", {{"error", grown.ToString()}});
  });
}

// Of an unloaded version its folder is remembered while a request may still come that found it in
// the store before it went.
void ModelServers::Forget() {
  std::vector<std::shared_ptr<Entry>> forgotten;  // ends outside the lock
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
