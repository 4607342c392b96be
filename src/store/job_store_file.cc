#include "store/job_store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>

#include "base/file_system.h"
#include "base/unique_fd.h"
#include "store/record_row.h"
#include "store/resource_row.h"
#include "store/sqlite_database.h"
#include "store/sqlite_schema.h"

namespace mlengine::store {
namespace {

using Database = std::unique_ptr<SqliteDatabase>;
using Take = std::function<Status(const SqliteStatement& row)>;

// As the writer of a store: a reader alone cannot make the shared memory of a file that nobody has
// open. It is never written to.
Result<Database> OpenToRead(const std::string& path) {
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().Stat(path).status());
  MLENGINE_ASSIGN_OR_RETURN(Database database,
                            SqliteDatabase::Open(path, SqliteDatabase::Mode::kReadOnly));
  MLENGINE_RETURN_IF_ERROR(CheckSchema(*database, path).status());
  return database;
}

Status ForEachRow(SqliteDatabase& database, std::string_view sql, const Take& take) {
  MLENGINE_ASSIGN_OR_RETURN(SqliteStatement rows, database.Prepare(sql));
  while (true) {
    MLENGINE_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return OkStatus();
    MLENGINE_RETURN_IF_ERROR(take(rows));
  }
}

constexpr std::string_view kAllJobs =
    "SELECT sequence, version, record, project, job_id, state FROM jobs ORDER BY sequence";

// What is wrong with one row; "" when nothing is.
std::string FaultOf(const SqliteStatement& row) {
  const std::string job =
      "job " + std::string(row.Bytes(3)) + "/" + std::string(row.Bytes(4)) + ": ";
  JobRecord record;
  if (!record.ParseFromString(std::string(row.Bytes(2)))) return job + "its record is damaged";
  if (record.project() != row.Bytes(3) || record.job().job_id() != row.Bytes(4))
    return job + "its record is of " + record.project() + "/" + record.job().job_id();
  if (static_cast<std::int64_t>(record.job().state()) != row.Int(5))
    return job + "its state in the index is not that of its record";
  if (IsFinished(record) && !record.job().has_end_time())
    return job + "it has ended, and has no end time";
  return "";
}

constexpr int kFirstSchemaWithResources = 3;

// Models, versions, operations and policies; "" when nothing is wrong with the row.
std::string ResourceFaultOf(const SqliteStatement& row) {
  ResourceRecord record;
  const ResourceKey key{static_cast<ResourceKind>(row.Int(0)), std::string(row.Bytes(1)),
                        std::string(row.Bytes(2)), std::string(row.Bytes(3))};
  if (record.ParseFromString(std::string(row.Bytes(4))) && CheckRecord(key, record).ok()) return "";
  return "resource " + key.project + "/" + (key.parent.empty() ? "" : key.parent + "/") + key.name +
         " of kind " + std::to_string(row.Int(0)) + ": its record is damaged";
}

}  // namespace

Status CopyJobStore(const std::string& from, const std::string& to) {
  if (RealFileSystem().Stat(to).ok()) return AlreadyExistsError(to + " is there already");
  MLENGINE_ASSIGN_OR_RETURN(const Database database, OpenToRead(from));
  {
    MLENGINE_ASSIGN_OR_RETURN(SqliteStatement copy, database->Prepare("VACUUM INTO ?"));
    copy.BindText(1, to);
    MLENGINE_RETURN_IF_ERROR(copy.Step().status());
  }
  const UniqueFd file(::open(to.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.ok()) return ErrnoError(errno, "open " + to);
  static_cast<void>(::fchmod(file.get(), 0600));
  if (::fsync(file.get()) != 0) return ErrnoError(errno, "sync " + to);
  const UniqueFd folder(::open(ParentPath(to).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || (::fsync(folder.get()) != 0 && errno != EINVAL))
    return ErrnoError(errno, "sync " + ParentPath(to));
  return OkStatus();
}

Status ForEachJob(const std::string& path, const std::function<Status(const StoredJob&)>& take) {
  MLENGINE_ASSIGN_OR_RETURN(const Database database, OpenToRead(path));
  return ForEachRow(*database, kAllJobs, [&take](const SqliteStatement& row) -> Status {
    StoredJob job;
    job.sequence = row.Int(0);
    job.version = row.Int(1);
    return job.record.ParseFromString(std::string(row.Bytes(2))) ? take(job) : OkStatus();
  });
}

Status ForEachKey(const std::string& path, const std::function<void(const JobKey&)>& take) {
  MLENGINE_ASSIGN_OR_RETURN(const Database database, OpenToRead(path));
  return ForEachRow(*database, "SELECT project, job_id FROM jobs",
                    [&take](const SqliteStatement& row) {
                      take({std::string(row.Bytes(0)), std::string(row.Bytes(1))});
                      return OkStatus();
                    });
}

Status ForEachVersion(const std::string& path,
                      const std::function<void(const StoredResource&)>& take) {
  MLENGINE_ASSIGN_OR_RETURN(const Database database, OpenToRead(path));
  MLENGINE_ASSIGN_OR_RETURN(const int schema, CheckSchema(*database, path));
  if (schema < kFirstSchemaWithResources) return OkStatus();
  return ForEachRow(*database,
                    "SELECT project, parent, name, record, sequence, version FROM resources WHERE "
                    "kind = 2 ORDER BY sequence",
                    [&take](const SqliteStatement& row) {
                      StoredResource one;
                      one.key = VersionKey(std::string(row.Bytes(0)), std::string(row.Bytes(1)),
                                           std::string(row.Bytes(2)));
                      one.sequence = row.Int(4);
                      one.version = row.Int(5);
                      if (one.record.ParseFromString(std::string(row.Bytes(3)))) take(one);
                      return OkStatus();
                    });
}

Result<JobStoreReport> CheckJobStore(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const Database database, OpenToRead(path));
  JobStoreReport report;
  MLENGINE_ASSIGN_OR_RETURN(report.schema, CheckSchema(*database, path));
  MLENGINE_RETURN_IF_ERROR(
      ForEachRow(*database, "PRAGMA integrity_check(20)", [&report](const SqliteStatement& row) {
        if (row.Bytes(0) != "ok") report.faults.emplace_back(row.Bytes(0));
        return OkStatus();
      }));
  std::map<std::int64_t, std::int64_t> counts;
  // Jobs and counts of one moment.
  MLENGINE_RETURN_IF_ERROR(database->Execute("BEGIN"));
  MLENGINE_RETURN_IF_ERROR(
      ForEachRow(*database, kAllJobs, [&report, &counts](const SqliteStatement& row) {
        ++report.jobs;
        ++counts[row.Int(5)];
        if (std::string fault = FaultOf(row); !fault.empty())
          report.faults.push_back(std::move(fault));
        return OkStatus();
      }));
  MLENGINE_RETURN_IF_ERROR(
      ForEachRow(*database, "SELECT state, jobs FROM job_counts", [&](const SqliteStatement& row) {
        const auto counted = counts.find(row.Int(0));
        const std::int64_t real = counted == counts.end() ? 0 : counted->second;
        report.counts_wrong = report.counts_wrong || real != row.Int(1);
        if (counted != counts.end()) counts.erase(counted);
        return OkStatus();
      }));
  report.counts_wrong = report.counts_wrong || !counts.empty();
  if (report.schema >= kFirstSchemaWithResources) {
    MLENGINE_RETURN_IF_ERROR(ForEachRow(
        *database, "SELECT kind, project, parent, name, record FROM resources ORDER BY sequence",
        [&report](const SqliteStatement& row) {
          if (std::string fault = ResourceFaultOf(row); !fault.empty())
            report.faults.push_back(std::move(fault));
          return OkStatus();
        }));
  }
  MLENGINE_RETURN_IF_ERROR(database->Execute("COMMIT"));
  return report;
}

Status RepairJobCounts(const std::string& path) {
  MLENGINE_RETURN_IF_ERROR(OpenToRead(path).status());
  MLENGINE_ASSIGN_OR_RETURN(const Database database,
                            SqliteDatabase::Open(path, SqliteDatabase::Mode::kReadWriteCreate));
  return database->Execute(
      "BEGIN IMMEDIATE; DELETE FROM job_counts;"
      "INSERT INTO job_counts SELECT state, count(*) FROM jobs GROUP BY state; COMMIT;");
}

}  // namespace mlengine::store
