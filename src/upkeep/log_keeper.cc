#include "upkeep/log_keeper.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/log.h"
#include "logs/log_check.h"
#include "upkeep/disk_watch.h"

namespace mlengine::upkeep {
namespace {

using std::chrono::days;

std::string JobFolder(const std::string& data_folder, const logs::JobRef& job) {
  return JoinPath(JoinPath(JoinPath(data_folder, "jobs"), job.project), job.job_id);
}

// Bytes of all files beneath a folder; what links point to is not in it.
std::uint64_t TreeBytes(const std::string& folder) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;
    if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
    const std::uint64_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::string DaysText(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

std::vector<std::string> Names(FileSystem& files, const std::string& folder) {
  std::vector<std::string> out;
  for (const std::string& name : files.List(folder).value_or(std::vector<std::string>())) {
    if (Result<std::string> plain = PercentDecode(name); plain.ok())
      out.push_back(*std::move(plain));
  }
  return out;
}

}  // namespace

LogKeeper::LogKeeper(LogKeeperOptions options, store::JobStore& store, logs::LogStore& logs,
                     const Clock& clock)
    : options_(std::move(options)), store_(store), logs_(logs), clock_(clock) {}

LogKeeper::~LogKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool LogKeeper::Stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void LogKeeper::Start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, options_.every, [this] { return stopping_; })) {
      lock.unlock();
      const LogKeeping report = Turn();
      if (options_.on_turn) options_.on_turn(report);
      lock.lock();
    }
  });
}

// Jobs that have ended and have a log that was not retired, the longest ended first.
std::vector<LogKeeper::Kept> LogKeeper::Ended() {
  FileSystem& files = RealFileSystem();
  std::vector<Kept> out;
  const std::string root = JoinPath(options_.data_folder, "logs");
  for (const std::string& project : Names(files, root)) {
    for (const std::string& id : Names(files, JoinPath(root, PercentEncode(project)))) {
      const Result<store::StoredJob> stored = store_.Get({project, id});
      // What the store does not know is for `mlengine server check`.
      if (!stored.ok() || !stored->record.job().has_end_time()) continue;
      const std::string folder = logs::LogFolder(options_.data_folder, {project, id});
      const bool left = files.Stat(JobFolder(options_.data_folder, {project, id})).ok();
      if (!left && files.Stat(JoinPath(folder, "retired")).ok()) continue;
      Kept kept;
      kept.job = {project, id};
      kept.ended = Time(std::chrono::seconds(stored->record.job().end_time().seconds()));
      kept.failed = stored->record.job().state() == ml::v1::Job::FAILED;
      out.push_back(std::move(kept));
    }
  }
  std::ranges::sort(out, {}, &Kept::ended);
  return out;
}

std::optional<Time> LogKeeper::Deadline(const Kept& kept) const {
  const std::optional<std::int64_t> keep = options_.keep_days(kept.job.project);
  if (!keep) return std::nullopt;
  return kept.ended + days(*keep);
}

std::uint64_t LogKeeper::Measure(const Kept& kept, bool is_archived) {
  if (const auto known = archived_.find(kept.job); known != archived_.end()) return known->second;
  const std::uint64_t bytes = TreeBytes(logs::LogFolder(options_.data_folder, kept.job)) +
                              TreeBytes(JobFolder(options_.data_folder, kept.job));
  if (is_archived) archived_[kept.job] = bytes;
  return bytes;
}

void LogKeeper::Archive(Kept& kept, LogKeeping& report) {
  const bool due = kept.ended + options_.archive_after <= clock_.Now();
  bool done = archived_.contains(kept.job);
  if (due && !done && (!options_.has_room || options_.has_room())) {
    const Result<logs::ArchivedLog> archived = logs_.Archive(kept.job);
    done = archived.ok();
    if (done && archived->stored < archived->original) ++report.archived;
    if (!done) {
      Log(LogLevel::kWarning, "a log cannot be archived yet",
          {{"project", kept.job.project},
           {"job", kept.job.job_id},
           {"error", archived.status().ToString()}});
    }
  }
  kept.bytes = Measure(kept, done);
}

// The log says why first; a turn that ends in between is finished by the next one.
bool LogKeeper::Retire(const Kept& kept, logs::Retirement why) {
  why.keep_failure = kept.failed;
  Status status = logs_.Retire(kept.job, why);
  if (status.ok()) status = RealFileSystem().RemoveTree(JobFolder(options_.data_folder, kept.job));
  if (status.ok()) {
    archived_.erase(kept.job);
    return true;
  }
  Log(LogLevel::kWarning, "a log cannot be removed yet",
      {{"project", kept.job.project}, {"job", kept.job.job_id}, {"error", status.ToString()}});
  return false;
}

LogKeeping LogKeeper::Turn() {
  LogKeeping report;
  std::vector<Kept> kept;
  for (Kept& one : Ended()) {
    if (Stopping()) return report;
    const std::optional<Time> deadline = Deadline(one);
    if (deadline && *deadline <= clock_.Now()) {
      const std::int64_t keep = *options_.keep_days(one.job.project);
      const std::string why =
          "This log was removed " + DaysText(keep) +
          " after its job's end, with the job's folders, as the project's quota "
          "log-days says.";
      if (Retire(one, {.why = why, .rule = "LOG_DAYS", .limit = keep})) ++report.retired;
      continue;
    }
    Archive(one, report);
    report.bytes += one.bytes;
    kept.push_back(std::move(one));
  }
  for (const Kept& one : kept) {
    if (!options_.budget || report.bytes <= *options_.budget || Stopping()) break;
    const std::string why =
        "This log was removed, with the job's folders, because the logs of ended jobs had " +
        BytesText(report.bytes) + " and may have " + BytesText(*options_.budget) +
        " (logs.budget in mlengine.yaml); the oldest go first.";
    if (!Retire(one, {.why = why,
                      .rule = "LOG_BUDGET",
                      .limit = static_cast<std::int64_t>(*options_.budget)}))
      continue;
    ++report.retired;
    report.bytes -= std::min(report.bytes, one.bytes);
    Log(LogLevel::kWarning, "a log was removed: the logs of ended jobs were over their budget",
        {{"project", one.job.project},
         {"job", one.job.job_id},
         {"budget", BytesText(*options_.budget)}});
  }
  return report;
}

}  // namespace mlengine::upkeep
