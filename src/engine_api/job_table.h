// JobTable: the jobs of all projects as compact rows in memory (job_row.h), for those who look at
// many at once. Filled from the store by a thread of its own, and kept by the store's change feed:
// a change that was committed before a call of CatchUp is in the rows after it. 100,000 jobs whose
// inputs are mostly alike take less than 40 MB. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine_api/job_row.h"
#include "engine_api/job_shape.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

class JobTable {
 public:
  // Both outlive the table.
  JobTable(store::JobStore& store, const policy::PriceBook& prices);
  ~JobTable();
  // Begins to read; called once. Until it is through (Loaded) rows are missing.
  void Start();
  bool Loaded() const;

  // Rows of one project and what they refer to, good within Read. `revision` grows with each change
  // of any job.
  struct View {
    const std::deque<JobRow>& rows;  // oldest first
    const std::deque<JobShape>& shapes;
    std::int64_t revision = 0;
  };
  // Changes wait meanwhile, so `look` is quick and does not read the store.
  void Read(const std::string& project, const std::function<void(const View&)>& look) const;

  // Another text after each change of a job of the project, and after each start of the server.
  std::string Revision(const std::string& project) const;
  // Waits for the changes that were committed before; not longer than `most`.
  void CatchUp(std::chrono::milliseconds most) const;

  struct ProjectCount {
    std::string project;
    std::int64_t jobs = 0;
    std::int64_t unfinished = 0;
  };
  // Those that have jobs, by name.
  std::vector<ProjectCount> Projects() const;

  // `listener` is called, quick as it must be, after each change of the project's jobs, and once
  // the table is loaded. Returns an id for Unwatch; a call may be under way when that returns.
  std::int64_t Watch(const std::string& project, std::function<void()> listener);
  void Unwatch(std::int64_t id);

 private:
  struct Project {
    std::deque<JobRow> rows;
    std::int64_t revision = 0;  // of its last change
    std::int64_t unfinished = 0;
  };
  struct Watcher {
    std::string project;
    std::function<void()> listener;
  };

  void Run();
  bool Fill();
  bool TakeChanges();
  bool Pause(std::chrono::milliseconds time);
  void Put(const std::vector<store::StoredJob>& jobs);
  void PutOne(const store::StoredJob& job);
  // Null: those of all projects.
  void Wake(const std::set<std::string>* projects);

  store::JobStore& store_;
  const std::string run_;  // of this start, for revisions
  std::int64_t subscription_ = 0;

  mutable std::shared_mutex rows_mutex_;  // guards the next three
  JobShapes shapes_;
  std::map<std::string, Project> projects_;
  std::int64_t revision_ = 0;

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable wake_;
  std::set<store::JobKey> changed_;
  std::int64_t told_ = 0;      // changes that the feed has told of
  std::int64_t taken_in_ = 0;  // of them, in the rows
  bool loaded_ = false;
  bool stopping_ = false;
  std::map<std::int64_t, Watcher> watchers_;
  std::int64_t last_watcher_ = 0;
  std::thread thread_;
};

}  // namespace mlengine::engine_api
