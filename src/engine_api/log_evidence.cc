#include "engine_api/log_evidence.h"

#include <chrono>
#include <string_view>
#include <vector>

namespace mlengine::engine_api {
namespace {

using logs::LogEntry;

constexpr int kMostEntries = 1000;
constexpr std::uint64_t kMostRecords = 100'000;
constexpr std::uint64_t kMostBytes = 4U << 20;
constexpr std::chrono::milliseconds kTimeToLook{30};
// Entries are stamped when they are read: those of before the end of a program may come later.
constexpr std::int64_t kReadLaterNanos = 60'000'000'000;
// Bytes of a line that tell it from others: evidence may be cut, and shorter ones are anywhere.
constexpr std::size_t kTelling = 200;
constexpr std::size_t kLeastTelling = 4;

std::string_view Needle(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  line = line.substr(begin, kTelling);
  if (line.ends_with("…")) line.remove_suffix(std::string_view("…").size());
  return line.size() < kLeastTelling ? std::string_view() : line;
}

// What the service wrote repeats the program's words; it counts where nothing else is left.
const LogEntry* Find(const std::vector<LogEntry>& newest_first, std::string_view needle,
                     int restart) {
  const LogEntry* of_service = nullptr;
  for (const LogEntry& entry : newest_first) {
    if (entry.message.find(needle) == std::string::npos) continue;
    if (entry.raw_length > 0 && entry.stream.restart == restart) return &entry;
    if (entry.raw_length == 0 && of_service == nullptr) of_service = &entry;
  }
  return of_service;
}

}  // namespace

std::string EvidenceId(logs::LogStore& store, const logs::JobRef& job,
                       const engine::v1::FailureCause& cause) {
  logs::LogQuery query;
  query.newest_first = true;
  query.limit = kMostEntries;
  query.byte_limit = kMostBytes;
  if (cause.has_time()) {
    query.before_stamp_ns =
        cause.time().seconds() * 1'000'000'000 + cause.time().nanos() + kReadLaterNanos;
  }
  const std::string task = cause.role() + "-replica-" + std::to_string(cause.index());
  // A connection that was lost is told by the other side: then any task's lines are looked at.
  for (const auto& tasks : {std::vector<std::string>{task}, std::vector<std::string>{}}) {
    query.task_names = tasks;
    const auto scan = store.Scan(
        job, query,
        {.records = kMostRecords, .until = std::chrono::steady_clock::now() + kTimeToLook});
    if (!scan.ok()) return {};
    for (int i = cause.evidence_size(); i-- > 0;) {
      const std::string_view needle = Needle(cause.evidence(i));
      if (needle.empty()) continue;
      const LogEntry* found = Find(scan->entries, needle, cause.restart());
      if (found != nullptr) return found->insert_id;
    }
  }
  return {};
}

}  // namespace mlengine::engine_api
