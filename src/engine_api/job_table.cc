#include "engine_api/job_table.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/log.h"

namespace mlengine::engine_api {
namespace {

constexpr int kAtOnce = 500;                               // records read in one piece
constexpr std::chrono::milliseconds kUntilNextTry{1'000};  // after the store failed

bool IsUnfinished(const JobRow& row) {
  const JobGroup group = GroupOf(row.state);
  return group == JobGroup::kRunning || group == JobGroup::kWaiting;
}

}  // namespace

JobTable::JobTable(store::JobStore& store, const policy::PriceBook& prices)
    : store_(store), run_(RandomHex(4)), shapes_(prices) {
  subscription_ = store_.Subscribe([this](const store::JobKey& key) {
    {
      const std::lock_guard lock(mutex_);
      changed_.insert(key);
      ++told_;
    }
    wake_.notify_all();
  });
}

JobTable::~JobTable() {
  store_.Unsubscribe(subscription_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void JobTable::Start() {
  thread_ = std::thread([this] { Run(); });
}

bool JobTable::Loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

void JobTable::Read(const std::string& project,
                    const std::function<void(const View&)>& look) const {
  static const std::deque<JobRow> kNoRows;
  const std::shared_lock lock(rows_mutex_);
  const auto found = projects_.find(project);
  look({found == projects_.end() ? kNoRows : found->second.rows, shapes_.all(), revision_});
}

std::string JobTable::Revision(const std::string& project) const {
  const std::shared_lock lock(rows_mutex_);
  const auto found = projects_.find(project);
  return run_ + "-" + std::to_string(found == projects_.end() ? 0 : found->second.revision);
}

void JobTable::CatchUp(std::chrono::milliseconds most) const {
  std::unique_lock lock(mutex_);
  if (!loaded_) return;
  wake_.wait_for(lock, most, [this, told = told_] { return taken_in_ >= told || stopping_; });
}

std::vector<JobTable::ProjectCount> JobTable::Projects() const {
  const std::shared_lock lock(rows_mutex_);
  std::vector<ProjectCount> out;
  for (const auto& [name, project] : projects_)
    out.push_back({name, static_cast<std::int64_t>(project.rows.size()), project.unfinished});
  return out;
}

std::int64_t JobTable::Watch(const std::string& project, std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  watchers_[++last_watcher_] = {project, std::move(listener)};
  return last_watcher_;
}

void JobTable::Unwatch(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(id);
}

void JobTable::Run() {
  if (!Fill()) return;
  {
    const std::lock_guard lock(mutex_);
    loaded_ = true;
  }
  Wake(nullptr);
  while (TakeChanges()) {
  }
}

// False when the table ends meanwhile.
bool JobTable::Fill() {
  std::int64_t after = 0;
  while (true) {
    const auto jobs = store_.ListAfter(after, kAtOnce);
    if (!jobs.ok()) {
      Log(LogLevel::kError, "cannot read the jobs for the table of jobs",
          {{"error", jobs.status().ToString()}});
      if (!Pause(kUntilNextTry)) return false;
      continue;
    }
    Put(*jobs);
    if (jobs->size() < kAtOnce) return true;
    after = jobs->back().sequence;
    if (!Pause({})) return false;
  }
}

// Waits for changes and takes them in. False when the table ends.
bool JobTable::TakeChanges() {
  std::set<store::JobKey> changed;
  std::int64_t told = 0;
  {
    std::unique_lock lock(mutex_);
    if (changed_.empty()) taken_in_ = told_;
    wake_.wait(lock, [this] { return stopping_ || !changed_.empty(); });
    if (stopping_) return false;
    changed.swap(changed_);
    told = told_;
  }
  std::vector<store::StoredJob> jobs;
  std::set<std::string> projects;
  std::vector<store::JobKey> again;
  for (const store::JobKey& key : changed) {
    Result<store::StoredJob> job = store_.Get(key);
    if (!job.ok() && job.status().code() != StatusCode::kNotFound) again.push_back(key);
    if (!job.ok()) continue;
    jobs.push_back(*std::move(job));
    projects.insert(key.project);
  }
  Put(jobs);
  {
    const std::lock_guard lock(mutex_);
    changed_.insert(again.begin(), again.end());
    if (again.empty()) taken_in_ = told;
  }
  wake_.notify_all();
  Wake(&projects);
  return again.empty() || Pause(kUntilNextTry);
}

bool JobTable::Pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void JobTable::Put(const std::vector<store::StoredJob>& jobs) {
  const std::lock_guard lock(rows_mutex_);
  for (const store::StoredJob& job : jobs) PutOne(job);
}

void JobTable::PutOne(const store::StoredJob& job) {
  Project& project = projects_[job.record.project()];
  JobRow row(job, shapes_.Of(job.record));
  row.changed = project.revision = ++revision_;
  if (IsUnfinished(row)) ++project.unfinished;
  const auto place = std::ranges::lower_bound(project.rows, job.sequence, {}, &JobRow::sequence);
  if (place == project.rows.end() || place->sequence != job.sequence) {
    project.rows.insert(place, std::move(row));
    return;
  }
  if (IsUnfinished(*place)) --project.unfinished;
  *place = std::move(row);
}

void JobTable::Wake(const std::set<std::string>* projects) {
  std::vector<std::function<void()>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, watcher] : watchers_) {
      if (projects == nullptr || projects->contains(watcher.project))
        listeners.push_back(watcher.listener);
    }
  }
  for (const auto& listener : listeners) listener();
}

}  // namespace mlengine::engine_api
