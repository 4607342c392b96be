#include "logs/log_check.h"

#include <map>

#include "base/clock.h"
#include "base/digest.h"
#include "logs/index_record.h"
#include "logs/job_log.h"

namespace mlengine::logs {
namespace {

constexpr std::size_t kMostFaults = 20;  // of one log; more say no more

// One look at one log.
class Look {
 public:
  Look(FileSystem& files, std::string folder, JobLog& log, LogReport& report)
      : files_(files), folder_(std::move(folder)), log_(log), report_(report) {}

  void Index();
  void Service(std::uint64_t good);
  void Tail(const std::string& name, std::uint64_t good);

 private:
  void Add(std::string what, std::string path, std::optional<std::uint64_t> good = {}) {
    if (report_.faults.size() < kMostFaults)
      report_.faults.push_back({std::move(what), std::move(path), good});
  }
  void Record(std::uint64_t number, const IndexRecord& record);
  void Spools();

  struct Stream {
    StreamRef ref;
    std::string spool;
    std::uint64_t end = 0;  // of its last entry
    std::optional<std::uint64_t> closed_at;
  };

  FileSystem& files_;
  const std::string folder_;
  JobLog& log_;
  LogReport& report_;
  std::vector<Stream> streams_;
};

void Look::Tail(const std::string& name, std::uint64_t good) {
  const std::string path = JoinPath(folder_, name);
  const Result<FileStat> stat = files_.Stat(path);
  if (!stat.ok() || stat->size <= good) return;
  Add("has " + std::to_string(stat->size - good) +
          " bytes behind its last good record: a torn tail",
      path, good);
}

void Look::Record(std::uint64_t number, const IndexRecord& record) {
  const std::string path = JoinPath(folder_, "index");
  const std::string which = "entry " + std::to_string(number) + " ";
  if (record.is_entry()) ++report_.entries;
  if ((record.flags & IndexRecord::kEnd) != 0) report_.ended = true;
  if ((record.flags & (IndexRecord::kService | IndexRecord::kEnd)) != 0) return;
  if (record.stream >= streams_.size()) {
    Add(which + "is of stream " + std::to_string(record.stream) + ", which `streams` does not have",
        path);
    return;
  }
  Stream& stream = streams_[record.stream];
  if ((record.flags & IndexRecord::kClosed) != 0) {
    stream.closed_at = record.offset;
    return;
  }
  if (record.offset < stream.end) {
    Add(which + "begins at byte " + std::to_string(record.offset) + " of " + stream.spool +
            ", and the one before it ends at " + std::to_string(stream.end),
        path);
  }
  stream.end = record.offset + record.length;
}

void Look::Spools() {
  for (const Stream& stream : streams_) {
    const std::uint64_t told = stream.closed_at.value_or(stream.end);
    const std::uint64_t there = log_.StoredBytes(stream.ref);
    report_.spools[stream.spool] = there;
    if (there >= told) continue;
    Add("has " + std::to_string(there) + " bytes, and the log knows " + std::to_string(told) +
            ": the text of the entries behind it is lost",
        stream.spool);
  }
}

void Look::Index() {
  for (const StreamRef& ref : log_.Streams())
    streams_.push_back({.ref = ref, .spool = log_.SpoolPath(ref).value_or(""), .closed_at = {}});
  const Status read = log_.EachRecord([this](std::uint64_t number, const IndexRecord* record) {
    if (record != nullptr) return Record(number, *record);
    Add("record " + std::to_string(number) + " does not fit its checksum",
        JoinPath(folder_, "index"));
  });
  if (!read.ok()) Add("cannot be read: " + read.message(), JoinPath(folder_, "index"));
  Spools();
}

void Look::Service(std::uint64_t good) {
  const std::string path = JoinPath(folder_, "service");
  const Result<std::string> bytes = files_.ReadAt(path, 0, good);
  if (good == 0) return;
  if (!bytes.ok()) return Add("cannot be read: " + bytes.status().message(), path);
  if (bytes->size() < good) {
    return Add("has " + std::to_string(bytes->size()) + " bytes, and the index knows " +
                   std::to_string(good),
               path);
  }
  for (std::size_t at = 0; at < bytes->size();) {
    const std::uint64_t length = at + IndexRecord::kServiceHeaderBytes <= bytes->size()
                                     ? GetFixed(*bytes, at + 4, 4)
                                     : UINT32_MAX;
    if (at + IndexRecord::kServiceHeaderBytes + length > bytes->size())
      return Add("is damaged at byte " + std::to_string(at), path);
    const std::string_view all = *bytes;
    const std::uint32_t crc =
        ExtendCrc32c(ExtendCrc32c(0, all.substr(at, 8)),
                     all.substr(at + IndexRecord::kServiceHeaderBytes, length));
    if (crc != GetFixed(*bytes, at + 8, 4))
      Add("the record at byte " + std::to_string(at) + " does not fit its checksum", path);
    at += IndexRecord::kServiceHeaderBytes + length;
  }
}

}  // namespace

std::string LogFolder(const std::string& data_folder, const JobRef& job) {
  return JoinPath(JoinPath(JoinPath(data_folder, "logs"), PercentEncode(job.project)),
                  PercentEncode(job.job_id));
}

LogReport CheckJobLog(FileSystem& files, const std::string& data_folder, const JobRef& job,
                      bool live) {
  LogReport report;
  const std::string folder = LogFolder(data_folder, job);
  const auto log = JobLog::Open(files, SystemClock(), data_folder, folder);
  if (!log.ok()) {
    report.faults.push_back({"cannot be read: " + log.status().message(), folder, {}});
    return report;
  }
  report.retired = (*log)->IsRetired();
  report.ended = report.retired;
  if (report.retired) return report;
  const JobLog::Extent good = (*log)->Good();
  Look look(files, folder, **log, report);
  look.Index();
  look.Service(good.service);
  if (!live) {
    look.Tail("index", good.index);
    look.Tail("streams", good.streams);
    look.Tail("service", good.service);
  }
  return report;
}

}  // namespace mlengine::logs
