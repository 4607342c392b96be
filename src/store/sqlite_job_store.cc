#include "store/sqlite_job_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "store/page_token.h"
#include "store/record_row.h"
#include "store/sqlite_database.h"
#include "store/sqlite_job_writer.h"
#include "store/sqlite_schema.h"

namespace mlengine::store {
namespace {

// Rows read at once by a list; between two chunks no read transaction is open.
constexpr int kChunk = 128;
// Connections kept for the next reader.
constexpr std::size_t kIdleReaders = 8;

// A connection that only reads, with its statements. Used by one thread at a time.
struct Reader {
  std::unique_ptr<SqliteDatabase> database;
  SqliteStatement get;
  SqliteStatement list;
  SqliteStatement unfinished;
  SqliteStatement after;
  SqliteStatement counts;
};

Result<std::unique_ptr<Reader>> OpenReader(const std::string& path) {
  auto reader = std::make_unique<Reader>();
  MLENGINE_ASSIGN_OR_RETURN(reader->database,
                            SqliteDatabase::Open(path, SqliteDatabase::Mode::kReadOnly));
  MLENGINE_ASSIGN_OR_RETURN(
      reader->get, reader->database->Prepare("SELECT sequence, version, record FROM jobs WHERE "
                                             "project = ? AND job_id = ?"));
  MLENGINE_ASSIGN_OR_RETURN(
      reader->list,
      reader->database->Prepare("SELECT sequence, version, record FROM jobs WHERE project = ? AND "
                                "sequence < ? ORDER BY sequence DESC LIMIT ?"));
  MLENGINE_ASSIGN_OR_RETURN(
      reader->unfinished,
      reader->database->Prepare("SELECT sequence, version, record FROM jobs WHERE state NOT IN "
                                "(4, 5, 7) ORDER BY sequence"));
  MLENGINE_ASSIGN_OR_RETURN(
      reader->after,
      reader->database->Prepare("SELECT sequence, version, record FROM jobs WHERE sequence > ? "
                                "ORDER BY sequence LIMIT ?"));
  MLENGINE_ASSIGN_OR_RETURN(
      reader->counts,
      reader->database->Prepare("SELECT state, jobs FROM job_counts WHERE jobs > 0"));
  return reader;
}

Result<StoredJob> ReadRow(const SqliteStatement& row) {
  StoredJob job;
  job.sequence = row.Int(0);
  job.version = row.Int(1);
  const std::string_view bytes = row.Bytes(2);
  if (!job.record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return DataLossError("the record of job number " + std::to_string(job.sequence) +
                         " is damaged");
  return job;
}

Result<std::vector<StoredJob>> ReadRows(SqliteStatement& statement) {
  std::vector<StoredJob> jobs;
  while (true) {
    MLENGINE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return jobs;
    Result<StoredJob> job = ReadRow(statement);
    if (!job.ok()) {
      statement.Reset();
      return job.status();
    }
    jobs.push_back(*std::move(job));
  }
}

class SqliteJobStore final : public JobStore {
 public:
  explicit SqliteJobStore(std::string path) : path_(std::move(path)) {}

  Status Start(const SqliteJobStoreOptions& options) {
    // Made for its owner alone; SQLite would let all read it, and gives its log the same mode.
    const int made = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0) {
      static_cast<void>(::fchmod(made, 0600));
      ::close(made);
    }
    MLENGINE_ASSIGN_OR_RETURN(auto database,
                              SqliteDatabase::Open(path_, SqliteDatabase::Mode::kReadWriteCreate));
    MLENGINE_RETURN_IF_ERROR(PrepareSchema(*database, path_, options.program));
    if (options.max_pages > 0) {
      MLENGINE_RETURN_IF_ERROR(
          database->Execute("PRAGMA max_page_count = " + std::to_string(options.max_pages)));
    }
    MLENGINE_ASSIGN_OR_RETURN(
        writer_,
        SqliteJobWriter::Start(
            std::move(database), [this](const JobKey& key) { Tell(key); }, options.make_room));
    return OkStatus();
  }

  Result<StoredJob> Create(JobRecord record) override { return writer_->Create(std::move(record)); }

  Result<StoredJob> Update(const JobKey& key,
                           const std::function<Status(JobRecord&)>& change) override {
    return writer_->Update(key, change);
  }

  Result<StoredJob> Get(const JobKey& key) override {
    MLENGINE_ASSIGN_OR_RETURN(const Lent reader, Borrow());
    reader->get.BindText(1, key.project).BindText(2, key.job_id);
    MLENGINE_ASSIGN_OR_RETURN(std::vector<StoredJob> jobs, ReadRows(reader->get));
    if (jobs.empty()) return NotFoundError("The specified job could not be found.");
    return std::move(jobs.front());
  }

  Result<ListJobsPage> List(const ListJobsQuery& query) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(query.page_size));
    std::int64_t before = INT64_MAX;
    if (!query.page_token.empty()) {
      MLENGINE_ASSIGN_OR_RETURN(before, DecodePageToken(query.project, query.page_token));
    }
    MLENGINE_ASSIGN_OR_RETURN(const Lent reader, Borrow());
    const auto page_size = static_cast<std::size_t>(query.page_size);
    ListJobsPage page;
    while (true) {
      // One more than is missing, to learn whether there is a next page.
      const std::size_t missing = page_size - page.jobs.size() + 1;
      const int limit =
          query.filter ? kChunk : static_cast<int>(std::min<std::size_t>(missing, kChunk));
      reader->list.BindText(1, query.project).Bind(2, before).Bind(3, limit);
      MLENGINE_ASSIGN_OR_RETURN(std::vector<StoredJob> chunk, ReadRows(reader->list));
      for (StoredJob& job : chunk) {
        before = job.sequence;
        if (query.filter && !query.filter(job.record)) continue;
        if (page.jobs.size() == page_size) {
          page.next_page_token = EncodePageToken(query.project, page.jobs.back().sequence);
          return page;
        }
        page.jobs.push_back(std::move(job));
      }
      if (static_cast<int>(chunk.size()) < limit) return page;
    }
  }

  Result<std::vector<StoredJob>> ListUnfinished() override {
    MLENGINE_ASSIGN_OR_RETURN(const Lent reader, Borrow());
    return ReadRows(reader->unfinished);
  }

  Result<std::vector<StoredJob>> ListAfter(std::int64_t sequence, int limit) override {
    MLENGINE_RETURN_IF_ERROR(CheckPageSize(limit));
    MLENGINE_ASSIGN_OR_RETURN(const Lent reader, Borrow());
    std::vector<StoredJob> jobs;
    while (static_cast<int>(jobs.size()) < limit) {
      const int missing = limit - static_cast<int>(jobs.size());
      reader->after.Bind(1, sequence).Bind(2, missing);
      int rows = 0;
      for (; rows <= missing; ++rows) {
        MLENGINE_ASSIGN_OR_RETURN(const bool row, reader->after.Step());
        if (!row) break;
        sequence = reader->after.Int(0);
        Result<StoredJob> job = ReadRow(reader->after);
        if (job.ok()) jobs.push_back(*std::move(job));
      }
      if (rows < missing) break;
    }
    return jobs;
  }

  Result<std::vector<std::pair<int, std::int64_t>>> CountByState() override {
    MLENGINE_ASSIGN_OR_RETURN(const Lent reader, Borrow());
    std::vector<std::pair<int, std::int64_t>> counts;
    while (true) {
      MLENGINE_ASSIGN_OR_RETURN(const bool row, reader->counts.Step());
      if (!row) return counts;
      counts.emplace_back(static_cast<int>(reader->counts.Int(0)), reader->counts.Int(1));
    }
  }

  std::int64_t Subscribe(std::function<void(const JobKey&)> listener) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_[++last_listener_] = std::move(listener);
    return last_listener_;
  }
  void Unsubscribe(std::int64_t id) override {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.erase(id);
  }

 private:
  // Gives a reader back when the call that borrowed it ends.
  struct GiveBack {
    SqliteJobStore* store;
    void operator()(Reader* reader) const {
      std::unique_ptr<Reader> owned(reader);
      const std::lock_guard lock(store->readers_mutex_);
      if (store->readers_.size() < kIdleReaders) store->readers_.push_back(std::move(owned));
    }
  };
  using Lent = std::unique_ptr<Reader, GiveBack>;

  Result<Lent> Borrow() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        Lent reader(readers_.back().release(), GiveBack{this});
        readers_.pop_back();
        return reader;
      }
    }
    MLENGINE_ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, OpenReader(path_));
    return Lent(reader.release(), GiveBack{this});
  }

  void Tell(const JobKey& key) {
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [id, listener] : listeners_) listener(key);
  }

  const std::string path_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Reader>> readers_;  // idle ones; guarded by readers_mutex_
  std::mutex listeners_mutex_;
  std::map<std::int64_t, std::function<void(const JobKey&)>> listeners_;
  std::int64_t last_listener_ = 0;
  std::unique_ptr<SqliteJobWriter> writer_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<JobStore>> OpenSqliteJobStore(const std::string& path,
                                                     const SqliteJobStoreOptions& options) {
  auto store = std::make_unique<SqliteJobStore>(path);
  MLENGINE_RETURN_IF_ERROR(store->Start(options));
  return std::unique_ptr<JobStore>(std::move(store));
}

}  // namespace mlengine::store
