// The reading half of JobLog: finds records by stamp and turns them into entries.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "logs/job_log.h"
#include "logs/line_text.h"
#include "logs/retired_log.h"

namespace mlengine::logs {
namespace {

constexpr std::uint64_t kRecordsAtOnce = 1024;
constexpr std::uint64_t kRecordsSearched = 8192;
constexpr std::uint64_t kWindow = 512U << 10;  // bytes; at least Draft's longest entry
constexpr std::size_t kWindows = 32;           // at once

constexpr std::uint64_t kRecordsSearchedInTime = 2048;

std::uint64_t AtOnce(const LogQuery& query, const ScanHints& hints) {
  if (!hints.contains.empty()) return hints.until ? kRecordsSearchedInTime : kRecordsSearched;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(query.limit, 1)), 16,
                                   kRecordsAtOnce);
}

// Of what is left of a log that was removed.
Result<LogScan> ScanEntries(const std::vector<LogEntry>& all, const LogQuery& query) {
  LogScan scan;
  MLENGINE_ASSIGN_OR_RETURN(scan.entries, QueryEntries(all, query));
  scan.end = scan.entries.empty();
  if (all.empty()) return scan;
  MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t newest, ParseInsertId(all.back().insert_id));
  scan.records = scan.first = scan.last = newest + 1;
  if (query.newest_first) scan.first = 0;
  if (scan.end) return scan;
  scan.reached = scan.entries.back().stamp_ns;
  const std::string& front = scan.entries.front().insert_id;
  const std::string& back = scan.entries.back().insert_id;
  MLENGINE_ASSIGN_OR_RETURN(scan.first, ParseInsertId(query.newest_first ? back : front));
  MLENGINE_ASSIGN_OR_RETURN(scan.last, ParseInsertId(query.newest_first ? front : back));
  ++scan.last;
  return scan;
}

}  // namespace

std::string InsertIdOf(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%012llu", static_cast<unsigned long long>(number));
  return text;
}

Result<std::uint64_t> ParseInsertId(const std::string& id) {
  const auto number = ToNumber<std::uint64_t>(id);
  if (!number || id.size() != 12) {
    return InvalidArgumentError("\"" + id + "\" is not an insertId of this service");
  }
  return *number;
}

std::string TaskName(const StreamRef& stream) {
  return stream.role + "-replica-" + std::to_string(stream.index);
}

Result<std::vector<IndexRecord>> JobLog::ReadRecords(std::uint64_t first, std::uint64_t count) {
  count = std::min(count, records_ - std::min(first, records_));
  std::vector<IndexRecord> records;
  if (count == 0) return records;
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                            ReadIndex(IndexRecord::kHeaderBytes + first * IndexRecord::kBytes,
                                      count * IndexRecord::kBytes));
  records.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view piece = std::string_view(bytes).substr(
        std::min<std::size_t>(i * IndexRecord::kBytes, bytes.size()), IndexRecord::kBytes);
    const auto record = DecodeRecord(piece);
    if (!record)
      return DataLossError(path("index") + ": record " + std::to_string(first + i) + " is broken");
    records.push_back(*record);
  }
  return records;
}

Status JobLog::EachRecord(const std::function<void(std::uint64_t, const IndexRecord*)>& look) {
  constexpr std::uint64_t kAtOnce = 8192;
  const std::lock_guard lock(mutex_);
  for (std::uint64_t first = 0; first < records_; first += kAtOnce) {
    const std::uint64_t count = std::min(kAtOnce, records_ - first);
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadIndex(IndexRecord::kHeaderBytes + first * IndexRecord::kBytes,
                                        count * IndexRecord::kBytes));
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto record = DecodeRecord(std::string_view(bytes).substr(
          std::min<std::size_t>(i * IndexRecord::kBytes, bytes.size()), IndexRecord::kBytes));
      look(first + i, record ? &*record : nullptr);
    }
  }
  return OkStatus();
}

// Number of the first record whose stamp is at least `stamp_ns`.
Result<std::uint64_t> JobLog::LowerBound(std::int64_t stamp_ns) {
  if (stamp_ns > last_stamp_) return records_;  // the follower's common case
  if (stamp_ns <= 0) return 0;
  std::uint64_t low = 0;
  std::uint64_t high = records_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    MLENGINE_ASSIGN_OR_RETURN(const auto records, ReadRecords(middle, 1));
    if (records[0].stamp_ns < stamp_ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<std::string> JobLog::NameOf(const IndexRecord& record) {
  if ((record.flags & IndexRecord::kService) == 0) return TaskName(streams_[record.stream]->ref);
  if ((record.flags & IndexRecord::kNamed) == 0) return std::string("service");
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, ReadServiceText(record));
  return text.substr(0, text.find('\n'));
}

Result<bool> JobLog::Matches(const IndexRecord& record, const LogQuery& query) {
  if (!record.is_entry() || record.severity < static_cast<int>(query.least)) return false;
  // A stream whose record a power cut took has no bytes to show.
  const bool service = (record.flags & IndexRecord::kService) != 0;
  if (!service && record.stream >= streams_.size()) return false;
  if (query.task_names.empty()) return true;
  MLENGINE_ASSIGN_OR_RETURN(const std::string name, NameOf(record));
  return std::find(query.task_names.begin(), query.task_names.end(), name) !=
         query.task_names.end();
}

// The piece that holds the record's bytes, as far as the file has them.
Result<JobLog::Window*> JobLog::WindowOf(const IndexRecord& record) {
  const bool service = (record.flags & IndexRecord::kService) != 0;
  const std::uint32_t file = service ? kServiceFile : record.stream;
  const std::uint64_t end = record.offset + record.length;
  const auto found = windows_.find(file);
  if (found != windows_.end() && record.offset >= found->second.offset &&
      end <= found->second.offset + found->second.bytes.size()) {
    return &found->second;
  }
  if (windows_.size() >= kWindows) windows_.clear();
  Window window;
  window.offset = backwards_ && end > kWindow ? std::min(end - kWindow, record.offset) : 0;
  if (!backwards_) window.offset = record.offset;
  const std::uint64_t count =
      backwards_ ? end - window.offset : std::max<std::uint64_t>(kWindow, record.length);
  Result<std::string> bytes = service ? files_.ReadAt(path("service"), window.offset, count)
                                      : ReadStream(*streams_[file], window.offset, count);
  if (!bytes.ok() && bytes.status().code() != StatusCode::kNotFound) return bytes.status();
  if (bytes.ok()) window.bytes = *std::move(bytes);
  Window& kept = windows_[file];
  kept = std::move(window);
  return &kept;
}

Result<std::string> JobLog::ReadText(const IndexRecord& record) {
  MLENGINE_ASSIGN_OR_RETURN(const Window* window, WindowOf(record));
  const std::uint64_t at =
      std::min<std::uint64_t>(record.offset - window->offset, window->bytes.size());
  return window->bytes.substr(at, record.length);
}

// Empty where the file was cut short: what lies there now is another's.
Result<std::string> JobLog::ReadServiceText(const IndexRecord& record) {
  if (record.offset < IndexRecord::kServiceHeaderBytes ||
      record.length > UINT32_MAX - IndexRecord::kServiceHeaderBytes)
    return std::string();
  IndexRecord whole = record;
  whole.offset -= IndexRecord::kServiceHeaderBytes;
  whole.length += static_cast<std::uint32_t>(IndexRecord::kServiceHeaderBytes);
  MLENGINE_ASSIGN_OR_RETURN(std::string bytes, ReadText(whole));
  if (bytes.size() != whole.length || GetFixed(bytes, 4, 4) != record.length) return std::string();
  return bytes.erase(0, IndexRecord::kServiceHeaderBytes);
}

Result<LogEntry> JobLog::MakeEntry(std::uint64_t number, const IndexRecord& record) {
  LogEntry entry;
  entry.stamp_ns = record.stamp_ns;
  entry.insert_id = InsertIdOf(number);
  entry.severity = static_cast<Severity>(record.severity);
  const bool service = (record.flags & IndexRecord::kService) != 0;
  MLENGINE_ASSIGN_OR_RETURN(const std::string raw,
                            service ? ReadServiceText(record) : ReadText(record));
  if (service) {
    MLENGINE_ASSIGN_OR_RETURN(entry.task_name, NameOf(record));
    const bool named = (record.flags & IndexRecord::kNamed) != 0;
    const std::string_view text = named ? std::string_view(raw).substr(raw.find('\n') + 1) : raw;
    auto json = named ? ParseJsonLine(text) : std::nullopt;
    entry.message = json ? std::move(json->message) : ToValidUtf8(text);
    if (json) entry.json = std::move(json->json);
    return entry;
  }
  entry.stream = streams_[record.stream]->ref;
  entry.task_name = TaskName(entry.stream);
  entry.raw_offset = record.offset;
  entry.raw_length = record.length;
  if ((record.flags & Draft::kJson) != 0) {
    if (auto json = ParseJsonLine(raw)) {
      entry.message = std::move(json->message);
      entry.json = std::move(json->json);
      return entry;
    }
  }
  entry.message = (record.flags & Draft::kBlock) != 0 ? BlockMessage(raw) : LineMessage(raw);
  return entry;
}

// A program's JSON may write any letter as an escape.
Result<bool> JobLog::MayContain(const IndexRecord& record, const FoldedSearch& search) {
  MLENGINE_ASSIGN_OR_RETURN(const Window* window, WindowOf(record));
  const bool json = (record.flags & Draft::kJson) != 0;
  const std::uint64_t at =
      std::min<std::uint64_t>(record.offset - window->offset, window->bytes.size());
  const std::string_view raw = std::string_view(window->bytes).substr(at, record.length);
  return search.In(raw) || (json && raw.find('\\') != std::string_view::npos);
}

Result<std::unique_ptr<StretchSearch>> JobLog::SearchFor(const std::string& text) {
  if (text.empty()) return std::unique_ptr<StretchSearch>();
  std::vector<ByteSource> streams;
  for (const auto& stream : streams_) {
    ByteSource source{Resolve(*stream), {}};
    if (!files_.Stat(source.path).ok()) {
      MLENGINE_ASSIGN_OR_RETURN(source.segment, SegmentOf(*stream));
    }
    streams.push_back(std::move(source));
  }
  return std::make_unique<StretchSearch>(files_, ByteSource{path("index"), index_segment_},
                                         ByteSource{path("service"), {}}, std::move(streams), text);
}

Result<LogScan> JobLog::Scan(const LogQuery& query, const ScanHints& hints) {
  const std::lock_guard lock(mutex_);
  return retired_ ? ScanEntries(retired_->entries, query) : ScanLocked(query, hints);
}

// The records that a query's bounds leave.
Result<std::pair<std::uint64_t, std::uint64_t>> JobLog::RangeOf(const LogQuery& query) {
  if (!query.inclusive && query.after_stamp_ns == INT64_MAX) return std::pair(records_, records_);
  const std::int64_t from = query.after_stamp_ns + (query.inclusive ? 0 : 1);
  MLENGINE_ASSIGN_OR_RETURN(std::uint64_t low, LowerBound(from));
  if (!query.after_insert_id.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t number, ParseInsertId(query.after_insert_id));
    low = std::max(low, number + 1);
  }
  std::uint64_t high = records_;
  if (query.before_stamp_ns >= 0) {
    MLENGINE_ASSIGN_OR_RETURN(high, LowerBound(query.before_stamp_ns));
  }
  if (!query.before_insert_id.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t number, ParseInsertId(query.before_insert_id));
    high = std::min(high, number);
  }
  return std::pair(low, high);
}

Result<LogScan> JobLog::ScanLocked(const LogQuery& query, const ScanHints& hints) {
  LogScan scan;
  scan.end = true;
  scan.records = scan.first = scan.last = records_;
  backwards_ = query.newest_first;
  const FoldedSearch search(hints.contains);
  std::uint64_t bytes = 0;
  std::uint64_t looked = 0;
  MLENGINE_ASSIGN_OR_RETURN(const auto range, RangeOf(query));
  auto [low, high] = range;
  scan.first = std::min(low, records_);
  scan.last = std::max(high, scan.first);
  const auto full = [&] {
    return static_cast<int>(scan.entries.size()) >= query.limit || bytes >= query.byte_limit ||
           looked >= hints.records;
  };
  const auto late = [&] {
    return hints.until && looked > 0 && std::chrono::steady_clock::now() >= *hints.until;
  };
  const std::uint64_t at_once = AtOnce(query, hints);
  MLENGINE_ASSIGN_OR_RETURN(const auto stretches, SearchFor(hints.contains));
  while (low < high && !full() && !late()) {
    const std::uint64_t count = std::min(at_once, high - low);
    const std::uint64_t first = query.newest_first ? high - count : low;
    if (stretches != nullptr) {
      const StretchSearch::Found found = stretches->Look(first, count);
      if (!found.may_hold) {
        bytes += hints.until ? 0 : found.bytes;
        looked += count;
        scan.reached = query.newest_first ? found.first_stamp : found.last_stamp;
        (query.newest_first ? high : low) = query.newest_first ? first : low + count;
        continue;
      }
    }
    MLENGINE_ASSIGN_OR_RETURN(const auto records, ReadRecords(first, count));
    std::uint64_t done = 0;
    for (; done < count && !full(); ++done) {
      const std::uint64_t number = first + (query.newest_first ? count - 1 - done : done);
      const IndexRecord& record = records[number - first];
      ++looked;
      scan.reached = record.stamp_ns;
      MLENGINE_ASSIGN_OR_RETURN(const bool matches, Matches(record, query));
      if (!matches) continue;
      if (!hints.contains.empty()) {
        MLENGINE_ASSIGN_OR_RETURN(const bool may, MayContain(record, search));
        bytes += may || hints.until ? 0 : record.length;
        if (!may) continue;
      }
      MLENGINE_ASSIGN_OR_RETURN(LogEntry entry, MakeEntry(number, record));
      bytes += entry.message.size() + entry.json.size();
      scan.entries.push_back(std::move(entry));
    }
    (query.newest_first ? high : low) = query.newest_first ? high - done : low + done;
  }
  scan.end = low >= high;
  if (query.newest_first) {
    scan.first = std::min(high, scan.last);
  } else {
    scan.last = std::max(std::min(low, records_), scan.first);
  }
  windows_.clear();
  return scan;
}

Result<std::vector<LogEntry>> JobLog::Query(const LogQuery& query) {
  MLENGINE_ASSIGN_OR_RETURN(LogScan scan, Scan(query));
  return std::move(scan.entries);
}

}  // namespace mlengine::logs
