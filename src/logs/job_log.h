// JobLog: one job's log on disk, in a folder of its own: `index` (docs/formats/log_index.md),
// `streams`, `service`, and what is made of them after the end (docs/formats/log_segment.md). Holds
// no open file between calls. Thread-safe; one object per folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "logs/checkpoint.h"
#include "logs/folded_search.h"
#include "logs/index_record.h"
#include "logs/line_parser.h"
#include "logs/log_store.h"
#include "logs/retired_log.h"
#include "logs/segment.h"
#include "logs/stretch_search.h"
#include "logs/taken_in.h"

namespace mlengine::logs {

class JobLog {
 public:
  // Reads what the folder has; a torn tail is cut when the first write comes. A folder that is not
  // there is an empty log. `data_folder`: spool paths beneath it are stored relative to it.
  // `taken_in` counts what is added from now on; null: nobody does. References must outlive the
  // object.
  static Result<std::shared_ptr<JobLog>> Open(FileSystem& files, const Clock& clock,
                                              std::string data_folder, std::string folder,
                                              TakenIn* taken_in = nullptr);

  struct Said {
    bool grew = false;
    int next = 0;  // as LogStore answers
  };
  // The calls of LogStore, for this job. `true`: something new can be seen.
  Result<Said> AppendService(int first_sequence, const std::vector<ServiceEntry>& entries);
  Status Attach(const std::vector<Spool>& spools);
  Result<bool> Close(const StreamRef& stream, std::uint64_t bytes);
  Result<Said> EndLog(int first_sequence, const std::vector<ServiceEntry>& entries);
  bool Ended();
  Result<std::vector<LogEntry>> Query(const LogQuery& query);
  Result<LogScan> Scan(const LogQuery& query, const ScanHints& hints = {});
  std::vector<StreamRef> Streams();
  Result<std::string> ReadRaw(const StreamRef& stream, std::uint64_t offset, std::uint64_t count);
  Result<ArchivedLog> Archive();
  Status Retire(const Retirement& retirement);

  struct Pumped {
    bool grew = false;          // bytes were read or entries added
    bool more = false;          // the spool has more bytes than were read
    bool done = false;          // the stream is closed; nothing more will come
    std::uint64_t read_to = 0;  // bytes of the spool
    std::optional<Time> deadline;
  };
  // Reads up to one chunk of a stream's spool into entries.
  Result<Pumped> Pump(const StreamRef& stream);
  // Brings the index to the disk if it has grown since. Holds up nobody meanwhile.
  Status Sync();

  // Bytes of each file that are good; what lies behind them is a torn tail.
  struct Extent {
    std::uint64_t index = 0;
    std::uint64_t streams = 0;
    std::uint64_t service = 0;
  };
  Extent Good();

  // The spool of an attached stream.
  std::optional<std::string> SpoolPath(const StreamRef& stream);
  // Bytes of a stream that are there to be read: of its spool, else of its segment.
  std::uint64_t StoredBytes(const StreamRef& stream);
  // Of the records before `count`, each that can be read, by its number.
  Status EachRecord(const std::function<void(std::uint64_t, const IndexRecord*)>& look);
  bool IsRetired();
  std::optional<RemovedLog> Removed();

 private:
  struct Stream {
    StreamRef ref;
    std::string path;           // as stored
    std::uint64_t inode = 0;    // of the spool that is read until it is closed; 0: not seen yet
    std::uint64_t indexed = 0;  // bytes of it that are in entries
    std::optional<std::uint64_t> closed_at;
    std::unique_ptr<LineParser> parser;      // while it is read
    std::shared_ptr<const Segment> segment;  // once it was asked for; the spool has gone then
  };

  static constexpr std::uint32_t kServiceFile = UINT32_MAX;
  // A piece of each file that is read, so that the entries of a page do not open it once each.
  struct Window {
    std::uint64_t offset = 0;
    std::string bytes;
  };

  JobLog(FileSystem& files, const Clock& clock, std::string data_folder, std::string folder);
  Status LoadRetired();
  Status LoadStreams();
  Status LoadCheckpoint();
  Status LoadIndex();
  Status LoadService();
  Checkpoint MarkNow() const;
  Status WriteCheckpoint(const Checkpoint& mark);
  void Apply(const IndexRecord& record);
  Stream* Find(const StreamRef& ref);
  std::string Resolve(const Stream& stream) const;
  std::string SegmentPath(const Stream& stream) const;
  std::string path(std::string_view name) const { return JoinPath(folder_, name); }
  Result<std::shared_ptr<const Segment>> SegmentOf(Stream& stream);
  // The spool's bytes. NOT_FOUND where another file has its name and the stream is open.
  Result<std::string> ReadSpool(Stream& stream, std::uint64_t offset, std::uint64_t count);
  Result<std::string> ReadStream(Stream& stream, std::uint64_t offset, std::uint64_t count);
  Result<std::string> ReadIndex(std::uint64_t offset, std::uint64_t count);
  // What stays of the log: its first failure, and why it went.
  Result<std::vector<LogEntry>> WhatStays(const Retirement& retirement);
  void RemoveFiles();

  // `closing`: whatever has the spool's name is right.
  Result<Pumped> PumpLocked(Stream& stream, std::uint64_t up_to, bool closing);
  int NextSequence(int first) const;
  Result<Said> AppendLocked(int first_sequence, const std::vector<ServiceEntry>& entries, bool end);
  Status AppendDrafts(const Stream& stream, const std::vector<Draft>& drafts);
  Status AppendRecords(std::vector<IndexRecord> records, bool sync);
  Status AppendTo(const std::string& name, std::uint64_t valid, std::string_view bytes, bool sync);

  Result<LogScan> ScanLocked(const LogQuery& query, const ScanHints& hints);
  Result<std::unique_ptr<StretchSearch>> SearchFor(const std::string& text);
  Result<std::vector<IndexRecord>> ReadRecords(std::uint64_t first, std::uint64_t count);
  Result<std::pair<std::uint64_t, std::uint64_t>> RangeOf(const LogQuery& query);
  Result<std::uint64_t> LowerBound(std::int64_t stamp_ns);
  Result<bool> Matches(const IndexRecord& record, const LogQuery& query);
  Result<std::string> NameOf(const IndexRecord& record);
  // False only where the entry's text cannot hold the one that is searched for.
  Result<bool> MayContain(const IndexRecord& record, const FoldedSearch& search);
  Result<LogEntry> MakeEntry(std::uint64_t number, const IndexRecord& record);
  Result<Window*> WindowOf(const IndexRecord& record);
  Result<std::string> ReadText(const IndexRecord& record);
  Result<std::string> ReadServiceText(const IndexRecord& record);

  FileSystem& files_;
  const Clock& clock_;
  const std::string data_folder_;
  const std::string folder_;
  TakenIn* taken_in_ = nullptr;

  std::mutex mutex_;  // guards all below
  std::vector<std::unique_ptr<Stream>> streams_;
  std::uint64_t streams_bytes_ = 0;  // valid bytes of each file
  std::uint64_t service_bytes_ = 0;
  std::uint64_t service_end_ = 0;  // where its next entry goes; less where the file was cut short
  std::uint64_t records_ = 0;
  std::uint64_t checkpoint_records_ = 0;          // of them, in the checkpoint
  std::shared_ptr<const Segment> index_segment_;  // in place of the index, after Archive
  std::optional<RetiredLog> retired_;             // all that is left, after Retire
  std::int64_t last_stamp_ = 0;
  std::map<int, std::string> said_;  // of the service, by number; as stored
  bool ended_ = false;
  bool unsynced_ = false;
  // Pieces of the files that are read, so that the entries of a page do not open them once each;
  // empty between calls.
  std::map<std::uint32_t, Window> windows_;  // by stream; kServiceFile: the service's
  bool backwards_ = false;                   // records come from the newest on
};

}  // namespace mlengine::logs
