// A job's log whose files hold any bytes: its index (as records with right checksums, or raw), its
// streams, its service file and a spool. Read, checked, gone on with, and read again.
#include "logs/job_log.h"

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "fuzz_target.h"
#include "logs/log_check.h"
#include "memory_files.h"

namespace mlengine::fuzz {
namespace {

using logs::IndexRecord;
using logs::JobLog;
using logs::LogEntry;

constexpr const char* kFolder = "/d/logs/p/j";
constexpr const char* kSpool = "/d/jobs/p/j/stdout-0";

// 32 bytes a record, without its checksum.
std::string WithChecksums(std::string_view raw) {
  std::string out = logs::IndexHeader();
  for (; raw.size() >= IndexRecord::kBytes - 4; raw.remove_prefix(IndexRecord::kBytes - 4)) {
    const std::string_view record = raw.substr(0, IndexRecord::kBytes - 4);
    out += record;
    logs::PutFixed(ExtendCrc32c(0, record), 4, out);
  }
  return out + std::string(raw);
}

// The same for lines of `streams`: each line is its body.
std::string WithLineChecksums(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const std::size_t end = raw.find('\n');
    const std::string_view body = raw.substr(0, end);
    std::string crc;
    logs::PutFixed(ExtendCrc32c(0, body), 4, crc);
    out += HexEncode(crc) + " " + std::string(body) + (end == std::string_view::npos ? "" : "\n");
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
  }
  return out;
}

std::vector<LogEntry> ReadAll(JobLog& log, MemoryFiles& files, bool newest_first) {
  std::vector<LogEntry> all;
  logs::LogQuery query;
  query.newest_first = newest_first;
  query.limit = 7;
  for (int page = 0; page < 10'000; ++page) {
    const auto entries = log.Query(query);
    if (!entries.ok()) {
      RequireError(entries.status(), {StatusCode::kDataLoss, StatusCode::kInvalidArgument});
      return all;
    }
    if (entries->empty()) return all;
    for (const LogEntry& entry : *entries) {
      Require(entry.raw_length <= files.files[kSpool].size() ||
                  entry.message.size() <= 3 * (files.files[kSpool].size() + 1),
              "no more text than there are bytes");
      all.push_back(entry);
    }
    if (newest_first) {
      query.before_stamp_ns = entries->back().stamp_ns;
      if (query.before_stamp_ns < 0) return all;
    } else {
      if (query.after_stamp_ns >= entries->back().stamp_ns) return all;  // not in order
      query.after_stamp_ns = entries->back().stamp_ns;
    }
  }
  Require(false, "a log is read in bounded time");
  return all;
}

void GoOn(MemoryFiles& files, const Clock& clock, JobLog& log) {
  const auto streams = log.Streams();
  for (const logs::StreamRef& stream : streams) {
    const auto raw = log.ReadRaw(stream, 0, 1 << 20);
    if (raw.ok()) Require(raw->size() <= files.files[kSpool].size() + 64, "no more than the file");
    static_cast<void>(log.Pump(stream).ok());
    static_cast<void>(log.Close(stream, files.files[kSpool].size()).ok());
  }
  const auto added = log.AppendService(1000, {{logs::Severity::kInfo, "hello", "service"}});
  const auto ended = log.EndLog(1001, {});
  if (!added.ok() || !ended.ok() || !added->grew) return;
  const auto again = JobLog::Open(files, clock, "/d", kFolder);
  Require(again.ok(), "a log that was written to can be opened");
  Require((*again)->Ended() == log.Ended(), "its end is kept");
  const auto last = (*again)->Query({.newest_first = true, .limit = 1});
  const auto before = log.Query({.newest_first = true, .limit = 1});
  Require(last.ok() == before.ok(), "it reads as before");
  if (!last.ok()) return;
  Require(last->size() == 1 && (*last)[0].message == "hello",
          "what was appended is the last entry");
  Require(log.Good().index == (*again)->Good().index, "no record is lost");
}

}  // namespace

FUZZ_TARGET(job_log) {
  if (bytes.empty()) return;
  const auto mode = static_cast<unsigned char>(bytes[0]);
  const std::vector<std::string> input = SplitInput(bytes.substr(1), 4);
  MemoryFiles files;
  const std::string folder = kFolder;
  files.files[folder + "/index"] = (mode & 1) != 0 ? input[3] : WithChecksums(input[3]);
  files.files[folder + "/streams"] = (mode & 2) != 0 ? input[0] : WithLineChecksums(input[0]);
  files.files[folder + "/service"] = input[1];
  files.files[kSpool] = input[2];
  const FakeClock clock;
  const auto log = JobLog::Open(files, clock, "/d", folder);
  const logs::LogReport report = logs::CheckJobLog(files, "/d", {"p", "j"}, false);
  for (const logs::LogFault& fault : report.faults)
    Require(!fault.what.empty() && !fault.path.empty(), "a fault says what and where");
  if (!log.ok()) {
    RequireError(log.status(),
                 {StatusCode::kDataLoss, StatusCode::kInvalidArgument, StatusCode::kNotFound});
    Require(!report.faults.empty(), "a log that cannot be opened has a fault");
    return;
  }
  static_cast<void>(ReadAll(**log, files, false));
  static_cast<void>(ReadAll(**log, files, true));
  GoOn(files, clock, **log);
}

}  // namespace mlengine::fuzz
