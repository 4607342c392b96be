#include "serving/version_logs.h"

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/log.h"
#include "logs/log_check.h"
#include "model/version_log_name.h"

namespace mlengine::serving {
namespace {

namespace fs = std::filesystem;

constexpr int kTurnsBetweenConsoles = 4;
constexpr int kTurnsBetweenRemovals = 600;

logs::Severity SeverityOf(int status) {
  if (status >= 500) return logs::Severity::kError;
  return status >= 400 ? logs::Severity::kWarning : logs::Severity::kInfo;
}

std::string TextOf(const AccessLine& line) {
  const double seconds = std::chrono::duration<double>(line.took).count();
  char summary[64];
  std::snprintf(summary, sizeof(summary), "%d in %.3f ms%s", line.status, seconds * 1000,
                line.refused ? ", refused by the model" : "");
  boost::json::object text{{"message", summary},
                           {"status", line.status},
                           {"latencySeconds", seconds},
                           {"requestBytes", line.request_bytes},
                           {"responseBytes", line.answer_bytes},
                           {"time", FormatTimeNanos(line.time)}};
  if (line.refused) text["refused"] = true;
  return boost::json::serialize(text);
}

logs::ServiceEntry Dropped(std::uint64_t count) {
  return {
      logs::Severity::kWarning,
      std::to_string(count) + " entries were dropped here: more came than could be kept in time.",
      model::kStreamTask};
}

}  // namespace

VersionLogs::VersionLogs(logs::LogStore& store, const Clock& clock, VersionLogsOptions options)
    : store_(store), clock_(clock), options_(std::move(options)) {
  FindLogs();
  std::error_code error;
  for (fs::directory_iterator at(options_.console_folder, error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::uint64_t size = at->file_size(gone);
    if (!gone) printed_[at->path().string()] = size;
  }
}

VersionLogs::~VersionLogs() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void VersionLogs::Start() {
  thread_ = std::thread([this] { Run(); });
}

// Those of earlier servers.
void VersionLogs::FindLogs() {
  std::error_code error;
  const fs::path root = JoinPath(options_.data_folder, "logs");
  for (fs::directory_iterator project(root, error); !error && project != fs::directory_iterator();
       project.increment(error)) {
    std::error_code none;
    for (fs::directory_iterator log(project->path(), none);
         !none && log != fs::directory_iterator(); log.increment(none)) {
      const Result<std::string> id = PercentDecode(log->path().filename().string());
      const auto name = id.ok() ? model::ParseVersionLogId(*id) : std::nullopt;
      const Result<std::string> owner = PercentDecode(project->path().filename().string());
      if (!name || !owner.ok()) continue;
      logs_[{*owner, name->region, name->model, name->version}][name->begin_ns] = *id;
    }
  }
}

void VersionLogs::AddAccess(const LoggedVersion& version, const AccessLine& line) {
  Add(version, {SeverityOf(line.status), TextOf(line), model::kAccessTask});
}

void VersionLogs::Add(const LoggedVersion& version, logs::ServiceEntry entry) {
  const std::size_t bytes = entry.message.size();
  const std::lock_guard lock(mutex_);
  if (entries_waiting_ >= options_.most_waiting ||
      bytes_waiting_ + bytes > options_.most_waiting_bytes) {
    ++dropped_[version];
    ++figures_.dropped;
    return;
  }
  ++entries_waiting_;
  bytes_waiting_ += bytes;
  waiting_[version].push_back(std::move(entry));
}

std::vector<VersionLogs::Span> VersionLogs::Of(const std::string& project) const {
  std::vector<Span> spans;
  const std::lock_guard lock(mutex_);
  for (const auto& [version, logs] : logs_) {
    if (version.project != project) continue;
    for (auto log = logs.begin(); log != logs.end(); ++log) {
      Span span{log->second, log->first};
      if (const auto next = std::next(log); next != logs.end()) span.end_ns = next->first;
      spans.push_back(std::move(span));
    }
  }
  return spans;
}

std::int64_t VersionLogs::Subscribe(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void VersionLogs::Unsubscribe(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

VersionLogs::Figures VersionLogs::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void VersionLogs::Run() {
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, options_.write_every, [this] { return stopping_; });
      stopping = stopping_;
    }
    Turn();
  }
  while (!open_.empty()) EndLog(LoggedVersion(open_.begin()->first));
}

void VersionLogs::Turn() {
  ReadConsoles();
  std::map<LoggedVersion, Entries> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(waiting_);
    entries_waiting_ = bytes_waiting_ = 0;
    for (const auto& [version, count] : dropped_) batch[version].push_back(Dropped(count));
    dropped_.clear();
  }
  for (const auto& [version, entries] : batch) Write(version, entries);
  if (turns_++ % kTurnsBetweenRemovals == 0) RemoveOld();
}

void VersionLogs::ReadConsoles() {
  if (!options_.consoles) return;
  if (turns_ % kTurnsBetweenConsoles == 0) consoles_ = options_.consoles();
  std::map<std::string, ConsoleTail> followed;
  for (const ConsoleFile& console : consoles_) {
    auto known = tails_.extract(console.path);
    if (known.empty()) {
      const auto printed = printed_.find(console.path);
      followed.emplace(console.path, ConsoleTail(RealFileSystem(), console.path,
                                                 printed == printed_.end() ? 0 : printed->second));
    } else {
      followed.insert(std::move(known));
    }
    ConsoleTail::Piece piece = followed.at(console.path).Read(clock_.Now());
    for (logs::ServiceEntry& entry : piece.entries) Add(console.version, std::move(entry));
    if (piece.skipped == 0) continue;
    Add(console.version, {logs::Severity::kWarning,
                          std::to_string(piece.skipped) +
                              " bytes were left out here: the version printed faster than it is "
                              "read.",
                          model::kStreamTask});
  }
  for (const auto& [path, tail] : tails_) printed_[path] = tail.offset();
  tails_.swap(followed);
}

void VersionLogs::Write(const LoggedVersion& version, const Entries& entries) {
  const Status written = Append(version, entries);
  const std::lock_guard lock(mutex_);
  if (written.ok()) {
    figures_.written += entries.size();
    return;
  }
  dropped_[version] += entries.size();
  figures_.dropped += entries.size();
  Log(LogLevel::kWarning, "entries of a version's log are lost",
      {{"project", version.project}, {"model", version.model}, {"error", written.ToString()}});
}

Status VersionLogs::Append(const LoggedVersion& version, const Entries& entries) {
  Open& open = OpenLog(version);
  MLENGINE_ASSIGN_OR_RETURN(open.next,
                            store_.AppendService({version.project, open.id}, open.next, entries));
  if (open.next >= options_.log_entries || clock_.Now() - open.begin >= options_.log_age)
    EndLog(version);
  return OkStatus();
}

VersionLogs::Open& VersionLogs::OpenLog(const LoggedVersion& version) {
  const auto known = open_.find(version);
  if (known != open_.end()) return known->second;
  const Time now = clock_.Now();
  std::int64_t begin = ToUnixNanos(now);
  const std::lock_guard lock(mutex_);
  auto& logs = logs_[version];
  if (!logs.empty()) begin = std::max(begin, logs.rbegin()->first + 1);
  const std::string id =
      model::VersionLogId({version.region, version.model, version.version, begin});
  logs[begin] = id;
  for (const auto& [number, listener] : listeners_) listener(version.project, id);
  return open_[version] = {id, now, 0};
}

void VersionLogs::EndLog(const LoggedVersion& version) {
  const auto known = open_.find(version);
  if (known == open_.end()) return;
  const logs::JobRef log{version.project, known->second.id};
  const Result<int> ended = store_.EndLog(log, known->second.next, {});
  if (!ended.ok()) {
    Log(LogLevel::kWarning, "the log of a version has no end",
        {{"log", log.job_id}, {"error", ended.status().ToString()}});
  }
  open_.erase(known);
}

// Those whose time is over, and the oldest of those that are too many.
void VersionLogs::RemoveOld() {
  std::vector<std::pair<LoggedVersion, std::int64_t>> old;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [version, logs] : logs_) {
      const auto days = options_.keep_days ? options_.keep_days(version.project) : std::nullopt;
      std::size_t left = logs.size();
      for (const auto& [begin, id] : logs) {
        const auto open = open_.find(version);
        if (open != open_.end() && open->second.id == id) continue;
        const Time end = FromUnixNanos(begin) + options_.log_age;
        const bool over = days && end + std::chrono::days(*days) <= clock_.Now();
        if (!over && left <= options_.most_logs) break;
        old.emplace_back(version, begin);
        --left;
      }
    }
  }
  for (const auto& [version, begin] : old) Remove(version, begin);
}

void VersionLogs::Remove(const LoggedVersion& version, std::int64_t begin_ns) {
  const logs::JobRef log{version.project, model::VersionLogId({version.region, version.model,
                                                               version.version, begin_ns})};
  // A server that was killed ended none.
  Status status = store_.Ended(log) ? OkStatus() : store_.EndLog(log, 0, {}).status();
  if (status.ok()) {
    status = store_.Retire(log, {.why = "This log's time is over.", .keep_failure = false});
  }
  if (status.ok()) status = RealFileSystem().RemoveTree(LogFolder(options_.data_folder, log));
  if (!status.ok()) {
    Log(LogLevel::kWarning, "a version's log cannot be removed yet",
        {{"log", log.job_id}, {"error", status.ToString()}});
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto logs = logs_.find(version);
  logs->second.erase(begin_ns);
  if (logs->second.empty()) logs_.erase(logs);
}

}  // namespace mlengine::serving
