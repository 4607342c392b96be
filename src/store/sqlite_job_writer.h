// SqliteJobWriter: the one thread that changes the job store's file. Callers queue a write and
// wait; the thread takes all that is queued into one transaction, commits, tells the listener and
// then answers, so that many callers share one sync of the disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/job_store.h"
#include "store/sqlite_database.h"

namespace mlengine::store {

class SqliteJobWriter {
 public:
  // `database` has the schema. `on_commit` runs on the writer's thread, once per changed record.
  // `make_room` as in SqliteJobStoreOptions; may be empty.
  static Result<std::unique_ptr<SqliteJobWriter>> Start(
      std::unique_ptr<SqliteDatabase> database, std::function<void(const JobKey&)> on_commit,
      std::function<bool()> make_room = {});
  // Writes what is queued. No call may be under way.
  ~SqliteJobWriter();

  // As JobStore's. Any thread but the writer's.
  Result<StoredJob> Create(JobRecord record);
  Result<StoredJob> Update(const JobKey& key, const std::function<Status(JobRecord&)>& change);

 private:
  struct Write {
    JobKey key;
    const JobRecord* create = nullptr;                          // or
    const std::function<Status(JobRecord&)>* change = nullptr;  // exactly one of the two
    bool wrote = false;  // the record is changed by the transaction under way
    std::promise<Result<StoredJob>> answer;
  };
  using Batch = std::vector<Write*>;
  using Outcomes = std::vector<Result<StoredJob>>;

  SqliteJobWriter() = default;
  Status PrepareStatements();
  Result<StoredJob> Do(Write write);
  void Run();
  void Perform(const Batch& batch);
  void PerformAlone(Write& write);
  Status Begin();
  bool MayMakeRoom(const Write& write, const Status& status) const;
  Result<Outcomes> TryCommit(const Batch& batch);
  Result<Outcomes> ApplyAll(const Batch& batch, std::int64_t& sequence);
  Result<StoredJob> Apply(Write& write, std::int64_t& sequence);
  Result<StoredJob> ApplyCreate(Write& write, std::int64_t& sequence);
  Result<StoredJob> ApplyUpdate(Write& write);
  Result<StoredJob> Read(const JobKey& key);
  void Answer(const Batch& batch, Outcomes outcomes);

  // Of the writer's thread, once started.
  std::unique_ptr<SqliteDatabase> database_;
  SqliteStatement read_;
  SqliteStatement insert_;
  SqliteStatement update_;
  std::int64_t last_sequence_ = 0;  // of committed records
  std::function<void(const JobKey&)> on_commit_;
  std::function<bool()> make_room_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Write*> queue_;  // guarded by mutex_, as is stopping_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mlengine::store
