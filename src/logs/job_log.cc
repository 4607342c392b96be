#include "logs/job_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <set>
#include <utility>

#include "base/digest.h"
#include "logs/stream_line.h"

namespace mlengine::logs {
namespace {

constexpr std::uint64_t kChunk = 1U << 20;            // bytes read from a spool at once
constexpr std::uint64_t kCloseBytes = 64U << 20;      // most that one Close reads
constexpr std::uint64_t kCheckpointEvery = 1U << 16;  // records

}  // namespace

JobLog::JobLog(FileSystem& files, const Clock& clock, std::string data_folder, std::string folder)
    : files_(files),
      clock_(clock),
      data_folder_(std::move(data_folder)),
      folder_(std::move(folder)) {}

void JobLog::Apply(const IndexRecord& record) {
  ++records_;
  last_stamp_ = record.stamp_ns;
  if ((record.flags & IndexRecord::kEnd) != 0) ended_ = true;
  if ((record.flags & IndexRecord::kService) != 0) {
    service_bytes_ = service_end_ = record.offset + record.length;
  } else if (record.stream < streams_.size()) {
    Stream& stream = *streams_[record.stream];
    if ((record.flags & IndexRecord::kClosed) != 0) stream.closed_at = record.offset;
    if (record.is_entry()) stream.indexed = record.offset + record.length;
  }
}

Status JobLog::AppendTo(const std::string& name, std::uint64_t valid, std::string_view bytes,
                        bool sync) {
  if (valid == 0) MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(folder_));
  const std::string path = JoinPath(folder_, name);
  MLENGINE_ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path));
  // What a crash or a full disk left behind the last good record goes first.
  if (file->offset() > valid) {
    MLENGINE_ASSIGN_OR_RETURN(file, files_.OpenAppend(path, valid));
  }
  MLENGINE_RETURN_IF_ERROR(file->Append(bytes));
  return sync ? file->Sync() : OkStatus();
}

Status JobLog::AppendRecords(std::vector<IndexRecord> records, bool sync) {
  std::string bytes;
  std::uint64_t valid = IndexRecord::kHeaderBytes + records_ * IndexRecord::kBytes;
  if (records_ == 0) {
    bytes = IndexHeader();
    valid = 0;
  }
  std::int64_t stamp = last_stamp_;
  const std::int64_t now = ToUnixNanos(clock_.Now());
  for (IndexRecord& record : records) {
    stamp = std::max(now, stamp + 1);
    record.stamp_ns = stamp;
    EncodeRecord(record, bytes);
  }
  MLENGINE_RETURN_IF_ERROR(AppendTo("index", valid, bytes, sync));
  // Only now can anyone see them: a stamp that was handed out is in the file, and a killed server
  // finds it there.
  std::uint64_t entries = 0;
  std::uint64_t length = 0;
  for (const IndexRecord& record : records) {
    Apply(record);
    if (!record.is_entry()) continue;
    ++entries;
    if ((record.flags & IndexRecord::kService) == 0) length += record.length;
  }
  if (taken_in_ != nullptr) {
    taken_in_->entries += entries;
    taken_in_->bytes += length;
  }
  unsynced_ = !sync;
  return OkStatus();
}

Result<JobLog::Said> JobLog::AppendService(int first_sequence,
                                           const std::vector<ServiceEntry>& entries) {
  const std::lock_guard lock(mutex_);
  return AppendLocked(first_sequence, entries, false);
}

Result<JobLog::Said> JobLog::EndLog(int first_sequence, const std::vector<ServiceEntry>& entries) {
  const std::lock_guard lock(mutex_);
  if (ended_) return Said{false, NextSequence(first_sequence)};
  return AppendLocked(first_sequence, entries, true);
}

int JobLog::NextSequence(int first) const {
  return said_.empty() ? first : std::max(first, said_.rbegin()->first + 1);
}

// The end goes with the last entries: one write of the index, brought to the disk once.
Result<JobLog::Said> JobLog::AppendLocked(int first_sequence,
                                          const std::vector<ServiceEntry>& entries, bool end) {
  // What a step said that was not stored; the step that is taken now may be another one.
  std::multiset<std::string_view> unstored;
  for (auto at = said_.lower_bound(first_sequence); at != said_.end(); ++at)
    unstored.insert(at->second);
  std::string bytes;
  std::vector<IndexRecord> records;
  std::map<int, std::string> added;
  int sequence = NextSequence(first_sequence);
  for (const ServiceEntry& entry : entries) {
    if (entry.task_name.empty() || entry.task_name.find('\n') != std::string::npos) {
      return InvalidArgumentError("a service entry needs a task name of one line");
    }
    const bool named = entry.task_name != "service";
    const std::string text = named ? entry.task_name + '\n' + entry.message : entry.message;
    if (const auto known = unstored.find(text); known != unstored.end()) {
      unstored.erase(known);
      continue;
    }
    std::string head;
    PutFixed(static_cast<std::uint32_t>(sequence), 4, head);
    PutFixed(text.size(), 4, head);
    PutFixed(ExtendCrc32c(ExtendCrc32c(0, head), text), 4, head);
    PutFixed(0, 4, head);
    IndexRecord record;
    record.offset = service_end_ + bytes.size() + IndexRecord::kServiceHeaderBytes;
    record.length = static_cast<std::uint32_t>(text.size());
    record.severity = static_cast<std::uint16_t>(entry.severity);
    record.flags = IndexRecord::kService;
    if (named) record.flags |= IndexRecord::kNamed;
    bytes += head + text;
    records.push_back(record);
    added[sequence++] = text;
  }
  if (!bytes.empty()) {
    if (ended_) return FailedPreconditionError("the log in " + folder_ + " has ended");
    MLENGINE_RETURN_IF_ERROR(AppendTo("service", service_end_, bytes, true));
  }
  if (end) {
    IndexRecord mark;
    mark.stream = UINT32_MAX;
    mark.flags = IndexRecord::kEnd;
    records.push_back(mark);
  }
  if (records.empty()) return Said{false, sequence};
  MLENGINE_RETURN_IF_ERROR(AppendRecords(std::move(records), true));
  said_.merge(added);
  return Said{true, sequence};
}

Status JobLog::Attach(const std::vector<Spool>& spools) {
  const std::lock_guard lock(mutex_);
  std::string lines;
  std::vector<std::unique_ptr<Stream>> added;
  for (const Spool& spool : spools) {
    std::string stored = spool.path;
    if (stored.starts_with(data_folder_ + "/")) stored = stored.substr(data_folder_.size() + 1);
    if (Stream* known = Find(spool.stream)) {
      if (spool.inode != 0) known->inode = spool.inode;
      if (known->path == stored) continue;
      return FailedPreconditionError("the stream's spool is already " + known->path + ", not " +
                                     stored);
    }
    lines += EncodeStreamLine(streams_.size() + added.size(), spool.stream, stored);
    auto stream = std::make_unique<Stream>();
    stream->ref = spool.stream;
    stream->path = std::move(stored);
    stream->inode = spool.inode;
    added.push_back(std::move(stream));
  }
  if (added.empty()) return OkStatus();
  if (ended_) return FailedPreconditionError("the log in " + folder_ + " has ended");
  MLENGINE_RETURN_IF_ERROR(AppendTo("streams", streams_bytes_, lines, true));
  streams_bytes_ += lines.size();
  std::ranges::move(added, std::back_inserter(streams_));
  return OkStatus();
}

JobLog::Stream* JobLog::Find(const StreamRef& ref) {
  for (const auto& stream : streams_) {
    if (stream->ref == ref) return stream.get();
  }
  return nullptr;
}

std::string JobLog::Resolve(const Stream& stream) const {
  return stream.path.starts_with('/') ? stream.path : JoinPath(data_folder_, stream.path);
}

std::optional<std::string> JobLog::SpoolPath(const StreamRef& ref) {
  const std::lock_guard lock(mutex_);
  const Stream* stream = Find(ref);
  if (stream == nullptr) return std::nullopt;
  return Resolve(*stream);
}

Status JobLog::AppendDrafts(const Stream& stream, const std::vector<Draft>& drafts) {
  if (drafts.empty()) return OkStatus();
  const auto number = static_cast<std::uint32_t>(
      std::find_if(streams_.begin(), streams_.end(),
                   [&](const auto& known) { return known.get() == &stream; }) -
      streams_.begin());
  std::vector<IndexRecord> records;
  records.reserve(drafts.size());
  for (const Draft& draft : drafts) {
    IndexRecord record;
    record.offset = draft.offset;
    record.length = draft.length;
    record.stream = number;
    record.severity = static_cast<std::uint16_t>(draft.severity);
    record.flags = draft.flags;
    records.push_back(record);
  }
  return AppendRecords(std::move(records), false);
}

Result<std::string> JobLog::ReadSpool(Stream& stream, std::uint64_t offset, std::uint64_t count) {
  const std::string path = Resolve(stream);
  if (stream.closed_at || ended_) return files_.ReadAt(path, offset, count);
  if (stream.inode == 0) {
    MLENGINE_ASSIGN_OR_RETURN(const FileStat first, files_.Stat(path));
    stream.inode = first.inode;
  }
  MLENGINE_ASSIGN_OR_RETURN(std::string bytes, files_.ReadAt(path, offset, count));
  // After the read: a program puts another file there at any moment, but not its own back.
  MLENGINE_ASSIGN_OR_RETURN(const FileStat now, files_.Stat(path));
  if (now.inode != stream.inode) return NotFoundError(path + " is another file now");
  return bytes;
}

Result<JobLog::Pumped> JobLog::PumpLocked(Stream& stream, std::uint64_t up_to, bool closing) {
  Pumped pumped;
  if (stream.closed_at) {
    pumped.done = true;
    return pumped;
  }
  if (stream.parser == nullptr) {
    stream.parser = std::make_unique<LineParser>(stream.ref.kind, stream.indexed);
  }
  const std::uint64_t at = stream.parser->offset();
  const std::uint64_t want = std::min(kChunk, up_to - std::min(at, up_to));
  Result<std::string> bytes = std::string();
  if (want > 0) {
    bytes = closing ? files_.ReadAt(Resolve(stream), at, want) : ReadSpool(stream, at, want);
  }
  if (!bytes.ok() && bytes.status().code() != StatusCode::kNotFound) return bytes.status();
  std::vector<Draft> drafts;
  const Time now = clock_.Now();
  if (bytes.ok()) {
    stream.parser->Feed(*bytes, now, drafts);
    pumped.more = bytes->size() == want && want > 0;
  }
  if (!pumped.more) stream.parser->Tick(now, drafts);
  const Status status = AppendDrafts(stream, drafts);
  if (!status.ok()) {
    stream.parser.reset();  // read again from the last stored entry
    return status;
  }
  pumped.grew = !drafts.empty() || (bytes.ok() && !bytes->empty());
  pumped.deadline = stream.parser->deadline();
  pumped.read_to = stream.parser->offset();
  return pumped;
}

Result<JobLog::Pumped> JobLog::Pump(const StreamRef& ref) {
  const std::lock_guard lock(mutex_);
  Stream* stream = Find(ref);
  if (stream == nullptr) return NotFoundError("no such stream");
  return PumpLocked(*stream, UINT64_MAX, false);
}

Result<bool> JobLog::Close(const StreamRef& ref, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  Stream* stream = Find(ref);
  if (stream == nullptr) return NotFoundError("no spool of " + TaskName(ref) + " is attached");
  if (stream->closed_at) return false;
  for (std::uint64_t read = 0; read < kCloseBytes; read += kChunk) {
    MLENGINE_ASSIGN_OR_RETURN(const Pumped pumped, PumpLocked(*stream, bytes, true));
    if (!pumped.more) break;
  }
  const std::uint64_t have = stream->parser->offset();
  if (have < bytes) {
    return UnavailableError(Resolve(*stream) + " is read up to byte " + std::to_string(have) +
                            " of " + std::to_string(bytes));
  }
  std::vector<Draft> drafts;
  stream->parser->Finish(drafts);
  Status status = AppendDrafts(*stream, drafts);
  if (status.ok()) {
    IndexRecord mark;
    mark.offset = have;
    mark.flags = IndexRecord::kClosed;
    mark.stream = static_cast<std::uint32_t>(
        std::find_if(streams_.begin(), streams_.end(),
                     [&](const auto& known) { return known.get() == stream; }) -
        streams_.begin());
    status = AppendRecords({mark}, false);
  }
  stream->parser.reset();
  if (!status.ok()) return status;
  return true;
}

bool JobLog::Ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

JobLog::Extent JobLog::Good() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t index =
      records_ > 0 ? IndexRecord::kHeaderBytes + records_ * IndexRecord::kBytes : 0;
  return {index, streams_bytes_, service_bytes_};
}

// The disk is waited for without the lock: entries come in and are read meanwhile.
Status JobLog::Sync() {
  std::unique_ptr<AppendFile> index;
  std::optional<Checkpoint> mark;
  {
    const std::lock_guard lock(mutex_);
    if (!unsynced_) return OkStatus();
    MLENGINE_ASSIGN_OR_RETURN(index, files_.OpenAppend(path("index")));
    unsynced_ = false;
    if (records_ - checkpoint_records_ >= kCheckpointEvery) mark = MarkNow();
  }
  const Status synced = index->Sync();
  const std::lock_guard lock(mutex_);
  if (!synced.ok()) {
    unsynced_ = true;
    return synced;
  }
  // Archive writes one of its own and takes the index away.
  if (!mark || ended_ || mark->records <= checkpoint_records_) return OkStatus();
  return WriteCheckpoint(*mark);
}

std::vector<StreamRef> JobLog::Streams() {
  const std::lock_guard lock(mutex_);
  std::vector<StreamRef> refs;
  if (retired_) return refs;
  for (const auto& stream : streams_) refs.push_back(stream->ref);
  return refs;
}

Result<std::string> JobLog::ReadRaw(const StreamRef& ref, std::uint64_t offset,
                                    std::uint64_t count) {
  std::string spool;
  std::uint64_t inode = 0;  // 0: any is right
  {
    const std::lock_guard lock(mutex_);
    if (retired_)
      return NotFoundError("the job's log was removed: " + retired_->entries.back().message);
    const Stream* stream = Find(ref);
    if (stream == nullptr) return NotFoundError("the job has no such stream of " + TaskName(ref));
    spool = Resolve(*stream);
    if (stream->closed_at) {
      count = std::min(count, *stream->closed_at - std::min(offset, *stream->closed_at));
    } else if (!ended_) {
      inode = stream->inode;
    }
  }
  if (count == 0) return std::string();
  Result<std::string> bytes = files_.ReadAt(spool, offset, count);
  if (bytes.ok() && inode != 0) {
    const Result<FileStat> now = files_.Stat(spool);
    if (!now.ok() || now->inode != inode) return std::string();
  }
  if (bytes.ok() || bytes.status().code() != StatusCode::kNotFound) return bytes;
  std::shared_ptr<const Segment> segment;
  {
    const std::lock_guard lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(segment, SegmentOf(*Find(ref)));
  }
  return segment == nullptr ? std::string() : segment->ReadAt(offset, count);
}

}  // namespace mlengine::logs
