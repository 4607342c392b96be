// The part of JobLog that makes a log smaller once it has ended, and takes it away in the end.
#include <algorithm>
#include <utility>

#include "logs/job_log.h"
#include "logs/line_text.h"
#include "logs/retired_log.h"

namespace mlengine::logs {
namespace {

constexpr std::string_view kIndexSegment = "index.zst";
constexpr std::uint64_t kWorthwhile = 64U << 10;  // bytes; less would only become more files
constexpr int kFailureEntries = 40;               // of its first failure, at most
constexpr std::uint64_t kFailureBytes = 64U << 10;

std::uint64_t SizeOf(FileSystem& files, const std::string& path) {
  const Result<FileStat> stat = files.Stat(path);
  return stat.ok() ? stat->size : 0;
}

}  // namespace

std::string JobLog::SegmentPath(const Stream& stream) const {
  const auto at =
      std::ranges::find_if(streams_, [&](const auto& known) { return known.get() == &stream; });
  return path("stream-" + std::to_string(at - streams_.begin()) + ".zst");
}

// Null where there is none.
Result<std::shared_ptr<const Segment>> JobLog::SegmentOf(Stream& stream) {
  if (stream.segment != nullptr) return stream.segment;
  Result<std::shared_ptr<const Segment>> segment = Segment::Open(files_, SegmentPath(stream));
  if (segment.status().code() == StatusCode::kNotFound) return std::shared_ptr<const Segment>();
  if (segment.ok()) stream.segment = *segment;
  return segment;
}

Result<std::string> JobLog::ReadStream(Stream& stream, std::uint64_t offset, std::uint64_t count) {
  if (stream.segment == nullptr) {
    Result<std::string> bytes = ReadSpool(stream, offset, count);
    if (bytes.ok() || bytes.status().code() != StatusCode::kNotFound) return bytes;
    MLENGINE_ASSIGN_OR_RETURN(const auto segment, SegmentOf(stream));
    if (segment == nullptr) return bytes;
  }
  return stream.segment->ReadAt(offset, count);
}

Result<std::string> JobLog::ReadIndex(std::uint64_t offset, std::uint64_t count) {
  if (index_segment_ == nullptr) {
    Result<std::string> bytes = files_.ReadAt(path("index"), offset, count);
    if (bytes.ok() || bytes.status().code() != StatusCode::kNotFound) return bytes;
    Result<std::shared_ptr<const Segment>> segment = Segment::Open(files_, path(kIndexSegment));
    if (segment.status().code() == StatusCode::kNotFound) return bytes;
    MLENGINE_ASSIGN_OR_RETURN(index_segment_, std::move(segment));
  }
  return index_segment_->ReadAt(offset, count);
}

std::uint64_t JobLog::StoredBytes(const StreamRef& ref) {
  const std::lock_guard lock(mutex_);
  Stream* stream = Find(ref);
  if (stream == nullptr) return 0;
  const Result<FileStat> stat = files_.Stat(Resolve(*stream));
  if (stat.ok()) return stat->size;
  const auto segment = SegmentOf(*stream);
  return segment.ok() && *segment != nullptr ? (*segment)->size() : 0;
}

// Nothing of an ended log changes any more, so the lock is held for moments only: readers go on
// while the segments are made.
Result<ArchivedLog> JobLog::Archive() {
  std::vector<Stream*> streams;
  std::uint64_t index_bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) return FailedPreconditionError("the log in " + folder_ + " has not ended");
    if (retired_) return ArchivedLog{};
    for (const auto& stream : streams_) streams.push_back(stream.get());
    index_bytes = IndexRecord::kHeaderBytes + records_ * IndexRecord::kBytes;
    std::uint64_t all = index_bytes;
    for (const Stream* stream : streams) all += stream->closed_at.value_or(stream->indexed);
    if (all < kWorthwhile) return ArchivedLog{all, all};
    if (files_.Stat(path("index")).ok()) MLENGINE_RETURN_IF_ERROR(WriteCheckpoint(MarkNow()));
  }
  ArchivedLog out;
  for (Stream* stream : streams) {
    const std::string spool = Resolve(*stream);
    const std::string target = SegmentPath(*stream);
    if (files_.Stat(spool).ok()) {
      const std::uint64_t bytes = stream->closed_at.value_or(stream->indexed);
      MLENGINE_RETURN_IF_ERROR(WriteSegment(files_, spool, bytes, target));
      MLENGINE_RETURN_IF_ERROR(files_.Remove(spool));
    }
    const std::lock_guard lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const auto segment, SegmentOf(*stream));
    if (segment == nullptr) continue;  // the spool was never made
    out.original += segment->size();
    out.stored += segment->stored_size();
  }
  if (files_.Stat(path("index")).ok()) {
    MLENGINE_RETURN_IF_ERROR(WriteSegment(files_, path("index"), index_bytes, path(kIndexSegment)));
    MLENGINE_RETURN_IF_ERROR(files_.Remove(path("index")));
  }
  out.original += index_bytes;
  for (const char* name : {"service", "streams", "checkpoint"})
    out.stored += SizeOf(files_, path(name));
  out.stored += SizeOf(files_, path(kIndexSegment));
  return out;
}

Result<std::vector<LogEntry>> JobLog::WhatStays(const Retirement& retirement) {
  std::vector<LogEntry> stays;
  if (retirement.keep_failure) {
    LogQuery failure;
    failure.least = Severity::kError;
    failure.limit = kFailureEntries;
    failure.byte_limit = kFailureBytes;
    MLENGINE_ASSIGN_OR_RETURN(LogScan scan, ScanLocked(failure, {}));
    stays = std::move(scan.entries);
  }
  for (LogEntry& entry : stays) {
    if (entry.message.size() > kFailureBytes) entry.message.resize(kFailureBytes);
    entry.message = ToValidUtf8(entry.message);
  }
  LogEntry why;
  why.stamp_ns = std::max<std::int64_t>(ToUnixNanos(clock_.Now()), last_stamp_ + 1);
  why.insert_id = InsertIdOf(records_);
  why.severity = Severity::kNotice;
  why.task_name = "service";
  why.message = retirement.why;
  stays.push_back(std::move(why));
  return stays;
}

void JobLog::RemoveFiles() {
  const Result<std::vector<std::string>> names = files_.List(folder_);
  for (const auto& stream : streams_) static_cast<void>(files_.Remove(Resolve(*stream)));
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (name != "retired") static_cast<void>(files_.Remove(path(name)));
  }
}

// From the moment that `retired` is there the log is what it says; the rest goes then, or with the
// next call.
Status JobLog::Retire(const Retirement& retirement) {
  const std::lock_guard lock(mutex_);
  if (!ended_) return FailedPreconditionError("the log in " + folder_ + " has not ended");
  if (!retired_) {
    RetiredLog log{retirement.rule, retirement.limit, {}};
    MLENGINE_ASSIGN_OR_RETURN(log.entries, WhatStays(retirement));
    MLENGINE_RETURN_IF_ERROR(files_.WriteAtomic(path("retired"), EncodeRetired(log)));
    retired_ = std::move(log);
  }
  RemoveFiles();
  return OkStatus();
}

bool JobLog::IsRetired() {
  const std::lock_guard lock(mutex_);
  return retired_.has_value();
}

std::optional<RemovedLog> JobLog::Removed() {
  const std::lock_guard lock(mutex_);
  if (!retired_) return std::nullopt;
  const LogEntry& why = retired_->entries.back();
  return RemovedLog{.time = FromUnixNanos(why.stamp_ns),
                    .why = why.message,
                    .rule = retired_->rule,
                    .limit = retired_->limit,
                    .has_failure = retired_->entries.size() > 1};
}

}  // namespace mlengine::logs
