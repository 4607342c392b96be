// The part of JobLog that reads what a folder has.
#include <algorithm>
#include <utility>

#include "logs/checkpoint.h"
#include "logs/job_log.h"
#include "logs/retired_log.h"
#include "logs/stream_line.h"

namespace mlengine::logs {
namespace {

constexpr std::uint64_t kMostServiceEntries = 1U << 30;

bool IsMissing(const Status& status) {
  return status.code() == StatusCode::kNotFound;
}

}  // namespace

Result<std::shared_ptr<JobLog>> JobLog::Open(FileSystem& files, const Clock& clock,
                                             std::string data_folder, std::string folder,
                                             TakenIn* taken_in) {
  std::shared_ptr<JobLog> log(new JobLog(files, clock, std::move(data_folder), std::move(folder)));
  log->taken_in_ = taken_in;
  MLENGINE_RETURN_IF_ERROR(log->LoadRetired());
  if (log->retired_) return log;
  MLENGINE_RETURN_IF_ERROR(log->LoadStreams());
  MLENGINE_RETURN_IF_ERROR(log->LoadCheckpoint());
  MLENGINE_RETURN_IF_ERROR(log->LoadIndex());
  MLENGINE_RETURN_IF_ERROR(log->LoadService());
  return log;
}

Status JobLog::LoadRetired() {
  const Result<std::string> text = files_.Read(path("retired"));
  if (!text.ok()) return IsMissing(text.status()) ? OkStatus() : text.status();
  Result<RetiredLog> log = DecodeRetired(*text);
  if (!log.ok()) return Status(log.status()).WithContext(path("retired"));
  if (log->entries.empty()) return DataLossError(path("retired") + " says nothing");
  retired_ = *std::move(log);
  ended_ = true;
  return OkStatus();
}

Status JobLog::LoadStreams() {
  const Result<std::string> bytes = files_.Read(path("streams"));
  if (!bytes.ok()) return IsMissing(bytes.status()) ? OkStatus() : bytes.status();
  std::string_view rest = *bytes;
  while (true) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return OkStatus();
    const std::optional<Spool> spool = DecodeStreamLine(streams_.size(), rest.substr(0, end + 1));
    if (!spool) return OkStatus();
    auto stream = std::make_unique<Stream>();
    stream->ref = spool->stream;
    stream->path = spool->path;
    streams_.push_back(std::move(stream));
    streams_bytes_ += end + 1;
    rest.remove_prefix(end + 1);
  }
}

// Believed only where the index has the record that it names last.
Status JobLog::LoadCheckpoint() {
  const Result<std::string> bytes = files_.Read(path("checkpoint"), 16U << 20);
  if (!bytes.ok()) return IsMissing(bytes.status()) ? OkStatus() : bytes.status();
  const std::optional<Checkpoint> mark = DecodeCheckpoint(*bytes);
  if (!mark || mark->records == 0 || mark->streams.size() > streams_.size()) return OkStatus();
  const std::uint64_t last = IndexRecord::kHeaderBytes + (mark->records - 1) * IndexRecord::kBytes;
  const Result<std::string> stored = ReadIndex(last, IndexRecord::kBytes);
  if (!stored.ok()) return IsMissing(stored.status()) ? OkStatus() : stored.status();
  const std::optional<IndexRecord> record = DecodeRecord(*stored);
  if (!record || record->stamp_ns != mark->last_stamp) return OkStatus();
  records_ = checkpoint_records_ = mark->records;
  last_stamp_ = mark->last_stamp;
  service_bytes_ = service_end_ = mark->service_bytes;
  ended_ = mark->ended;
  for (std::size_t i = 0; i < mark->streams.size(); ++i) {
    streams_[i]->indexed = mark->streams[i].indexed;
    streams_[i]->closed_at = mark->streams[i].closed_at;
  }
  return OkStatus();
}

Checkpoint JobLog::MarkNow() const {
  Checkpoint mark;
  mark.records = records_;
  mark.last_stamp = last_stamp_;
  mark.service_bytes = service_bytes_;
  mark.ended = ended_;
  for (const auto& stream : streams_) mark.streams.push_back({stream->indexed, stream->closed_at});
  return mark;
}

Status JobLog::WriteCheckpoint(const Checkpoint& mark) {
  MLENGINE_RETURN_IF_ERROR(files_.ReplaceVisible(path("checkpoint"), EncodeCheckpoint(mark)));
  checkpoint_records_ = mark.records;
  return OkStatus();
}

Status JobLog::LoadIndex() {
  const Result<std::string> header = ReadIndex(0, IndexRecord::kHeaderBytes);
  if (!header.ok()) return IsMissing(header.status()) ? OkStatus() : header.status();
  if (header->size() < IndexRecord::kHeaderBytes) return OkStatus();  // torn while made
  if (!IsIndexHeader(*header)) {
    return DataLossError(path("index") +
                         " is not a log index of a version that this program reads");
  }
  constexpr std::uint64_t kAtOnce = 8192;
  while (true) {
    const std::uint64_t at = IndexRecord::kHeaderBytes + records_ * IndexRecord::kBytes;
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadIndex(at, kAtOnce * IndexRecord::kBytes));
    std::string_view rest = bytes;
    while (rest.size() >= IndexRecord::kBytes) {
      const auto record = DecodeRecord(rest.substr(0, IndexRecord::kBytes));
      // The torn tail of a crash; it is written over. Readers and followers go by the stamps: one
      // that does not grow would hold them for ever.
      if (!record || record->stamp_ns <= last_stamp_) return OkStatus();
      Apply(*record);
      rest.remove_prefix(IndexRecord::kBytes);
    }
    if (bytes.size() < kAtOnce * IndexRecord::kBytes) return OkStatus();
  }
}

Status JobLog::LoadService() {
  if (service_bytes_ == 0) return OkStatus();
  Result<std::string> read = files_.ReadAt(path("service"), 0, service_bytes_);
  if (IsMissing(read.status())) read = std::string();
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, std::move(read));
  std::size_t at = 0;
  while (at + IndexRecord::kServiceHeaderBytes <= bytes.size()) {
    const std::uint64_t length = GetFixed(bytes, at + 4, 4);
    const std::uint64_t text = at + IndexRecord::kServiceHeaderBytes;
    if (length > bytes.size() - text) break;
    // No job says so much; a damaged file may.
    if (const auto number = GetFixed(bytes, at, 4); number < kMostServiceEntries)
      said_[static_cast<int>(number)] = bytes.substr(text, length);
    at = text + length;
  }
  // Where the file lacks what the index knows, the next entry must still be found where it is.
  if (bytes.size() < service_bytes_) service_end_ = at;
  return OkStatus();
}

}  // namespace mlengine::logs
