// LogStore: all log entries of all jobs. Each entry gets, on arrival, a strictly increasing stamp
// per job and an insertId, stored and never recomputed. On the machine where a replica runs its
// spool files are the segments, read by reference; entries are byte ranges of them. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mlengine::logs {

// Numbers equal google.logging.type.LogSeverity; they reach disk.
enum class Severity {
  kDefault = 0,
  kDebug = 100,
  kInfo = 200,
  kNotice = 300,
  kWarning = 400,
  kError = 500,
  kCritical = 600,
  kAlert = 700,
  kEmergency = 800,
};
std::string_view SeverityName(Severity severity);

struct JobRef {
  std::string project;
  std::string job_id;
  friend auto operator<=>(const JobRef&, const JobRef&) = default;
};

// One stream of bytes of one execution of one replica.
struct StreamRef {
  int attempt = 1;
  std::string role = "master";
  int index = 0;
  int restart = 0;
  enum class Kind { kStdout = 0, kStderr = 1 } kind = Kind::kStdout;
  friend auto operator<=>(const StreamRef&, const StreamRef&) = default;
};

struct Spool {
  StreamRef stream;
  std::string path;         // absolute
  std::uint64_t inode = 0;  // of the file that the program writes to; 0: the one that is seen first
};

struct LogEntry {
  std::int64_t stamp_ns = 0;  // strictly increasing within the job
  std::string insert_id;      // fixed width, grows within the job
  Severity severity = Severity::kInfo;
  std::string task_name;  // "service", "master-replica-0"
  std::string trial_id;   // "" outside tuning
  std::string message;  // valid UTF-8 (bytes that are not are replaced), without the final line end
  std::string json;     // the whole JSON object when the line was one (jsonPayload), else ""
  // Where the bytes are; raw_length 0 for service entries.
  StreamRef stream;
  std::uint64_t raw_offset = 0;
  std::uint64_t raw_length = 0;
};

struct LogQuery {
  std::vector<std::string> task_names = {};  // empty: all
  std::int64_t after_stamp_ns =
      -1;  // entries with a stamp greater than this (or equal, with inclusive)
  bool inclusive = false;
  std::int64_t before_stamp_ns = -1;  // entries with a smaller stamp only; -1: no bound
  // Entries behind that one only; INVALID_ARGUMENT when it is not an id.
  std::string after_insert_id = {};
  // And those before that one only; likewise.
  std::string before_insert_id = {};
  Severity least = Severity::kDefault;
  bool newest_first = false;
  int limit = 1000;
  // Ends the answer after the entry that brings its messages to this many bytes. So a short answer
  // does not mean that there is no more; an empty one does.
  std::uint64_t byte_limit = 16U << 20;
};

// What bounds the work of one Scan, beside LogQuery's limits.
struct ScanHints {
  // A text in lower case and ASCII that an entry's line has (A to Z count as a to z): others may be
  // left out, so the caller still asks. The bytes of those count for byte_limit too.
  std::string contains = {};
  std::uint64_t records = UINT64_MAX;  // at most so many are looked at
  // When set: no stretch of records is begun behind this moment, and the bytes of entries that are
  // left out do not count for byte_limit.
  std::optional<std::chrono::steady_clock::time_point> until = {};
};

struct LogScan {
  std::vector<LogEntry> entries;
  // Stamp of the last record that was looked at; unset: none.
  std::optional<std::int64_t> reached;
  bool end = false;  // the query has no more, now
  // By the numbers that insertIds are: what was looked at are the records of [first, last).
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t records = 0;  // all that there are now
};

// The insertId of a record's number, and back; INVALID_ARGUMENT for text that is none.
std::string InsertIdOf(std::uint64_t number);
Result<std::uint64_t> ParseInsertId(const std::string& id);

// "master-replica-0".
std::string TaskName(const StreamRef& stream);

// An entry that the service itself writes.
struct ServiceEntry {
  Severity severity = Severity::kInfo;
  std::string message;
  // A replica's where the service speaks for its runner.
  std::string task_name = "service";
  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

// What Archive has made of a log; all bytes.
struct ArchivedLog {
  std::uint64_t original = 0;  // of the streams and the index
  std::uint64_t stored = 0;    // of all its files now
};

// Why a log goes, for those who ask for it later.
struct Retirement {
  std::string why;           // a sentence
  bool keep_failure = true;  // its first failure stays
  // The rule that it goes by, for programs: "LOG_DAYS", whose limit is a number of days, or
  // "LOG_BUDGET", whose limit is bytes. "" where no rule is told.
  std::string rule = {};
  std::int64_t limit = 0;
};

// What is known of a log that was removed.
struct RemovedLog {
  Time time;
  std::string why;
  std::string rule;  // as in Retirement; "" of a log that an older version removed
  std::int64_t limit = 0;
  bool has_failure = false;  // entries of its first failure are there
};

class LogStore {
 public:
  virtual ~LogStore() = default;

  // Entries of the service, all durable on return. They are numbered, from 0 for a job's first one:
  // `first_sequence` is the number that the last call answered whose outcome the caller stored.
  // What the log has from there on was said by a step that was not stored (its server was killed):
  // the same words are not said again, other ones are. Answers the number that follows.
  virtual Result<int> AppendService(const JobRef& job, int first_sequence,
                                    const std::vector<ServiceEntry>& entries) = 0;

  // From now on the bytes of each local file are its stream's bytes, up to where it grows. A file
  // that takes its place is not read for it before CloseStream. Idempotent.
  virtual Status AttachSpools(const JobRef& job, const std::vector<Spool>& spools) = 0;
  // The stream is complete at `bytes`, of the file that is there now: the rest is read in, an
  // unfinished last line becomes an entry. OK when all entries up to there are stored; UNAVAILABLE
  // while they are not yet (call again). EndLog makes it durable.
  virtual Status CloseStream(const JobRef& job, const StreamRef& stream, std::uint64_t bytes) = 0;
  // The service's last entries, as AppendService, and then none will follow: followers end after
  // the last one. Durable with all before it. OK when the log has ended before, whose entries stay.
  virtual Result<int> EndLog(const JobRef& job, int first_sequence,
                             const std::vector<ServiceEntry>& entries) = 0;
  virtual bool Ended(const JobRef& job) = 0;

  // In stamp order. A job without entries gives none (also an unknown job).
  virtual Result<std::vector<LogEntry>> Query(const JobRef& job, const LogQuery& query) = 0;
  // The streams known of a job.
  virtual Result<std::vector<StreamRef>> Streams(const JobRef& job) = 0;
  // Bytes exactly as the program wrote them; fewer than `count` only at the current end.
  virtual Result<std::string> ReadRaw(const JobRef& job, const StreamRef& stream,
                                      std::uint64_t offset, std::uint64_t count) = 0;

  // Of a log that has ended: brings the bytes of its streams and its index into compressed segments
  // and removes the spools. Everything reads as before. A small log stays as it is. Idempotent;
  // takes as long as compressing takes; FAILED_PRECONDITION before the end. A failure leaves what
  // is needed.
  virtual Result<ArchivedLog> Archive(const JobRef& job) = 0;
  // Of a log that has ended: removes it, its spools too. What is left are the entries of its first
  // failure and one that says why the rest is gone. Idempotent; FAILED_PRECONDITION before the end.
  virtual Status Retire(const JobRef& job, const Retirement& retirement) = 0;
  // Unset while the log is there.
  virtual Result<std::optional<RemovedLog>> Removed(const JobRef& job) = 0;

  // `listener` is called when the job's log has grown (by entries, or by bytes of an unfinished
  // one) or ended (from the ingest thread or a writer's; must be quick, must not call the store).
  // Returns an id for Unwatch.
  virtual std::int64_t Watch(const JobRef& job, std::function<void()> listener) = 0;
  virtual void Unwatch(std::int64_t id) = 0;

  // As Query, in pieces of bounded work: the next one goes on behind `reached`.
  virtual Result<LogScan> Scan(const JobRef& job, const LogQuery& query,
                               const ScanHints& hints) = 0;
};

}  // namespace mlengine::logs
