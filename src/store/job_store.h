// JobStore: every job of every project, durably. It decides nothing: it keeps records, numbers
// changes and wakes those who wait for one. Implementations: sqlite_job_store.h,
// memory_job_store.h; one contract suite runs against both. Thread-safe; writes answer only when
// they would survive a power cut.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::store {

using JobRecord = engine::v1::JobRecord;

struct JobKey {
  std::string project;
  std::string job_id;
  friend bool operator==(const JobKey&, const JobKey&) = default;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

// A record and its version, which grows by one with each change of that record; the resource's etag
// is made from it.
struct StoredJob {
  JobRecord record;
  std::int64_t version = 0;
  std::int64_t sequence = 0;  // place in the order of creation, unique in the store
};

struct ListJobsQuery {
  std::string project = {};
  // Only records for which this returns true; runs on the reader's thread. Unset: all.
  std::function<bool(const JobRecord&)> filter = {};
  int page_size = 20;           // at least 1, else INVALID_ARGUMENT
  std::string page_token = {};  // opaque, from the last page; INVALID_ARGUMENT when it is not one
};

struct ListJobsPage {
  std::vector<StoredJob> jobs;  // newest creation first
  std::string next_page_token;  // "" at the end
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // ALREADY_EXISTS when the id was ever used in the project, even by a job that failed. The same
  // call once more (equal request_sha256 and equal, non-empty invocation_id) answers the stored
  // record instead.
  virtual Result<StoredJob> Create(JobRecord record) = 0;
  virtual Result<StoredJob> Get(const JobKey& key) = 0;  // NOT_FOUND
  virtual Result<ListJobsPage> List(const ListJobsQuery& query) = 0;

  // Reads, changes and writes as one step. `change` may run more than once; an error from it is
  // returned and nothing is written. A record left equal is not written and keeps its version.
  virtual Result<StoredJob> Update(const JobKey& key,
                                   const std::function<Status(JobRecord&)>& change) = 0;

  // Jobs whose state is not SUCCEEDED, FAILED or CANCELLED, of all projects, oldest first.
  virtual Result<std::vector<StoredJob>> ListUnfinished() = 0;
  // At most `limit` jobs of all projects, created behind that sequence, oldest first; fewer only at
  // the end. A record that cannot be parsed is passed over.
  virtual Result<std::vector<StoredJob>> ListAfter(std::int64_t sequence, int limit) = 0;
  // Number of jobs per state of all projects.
  virtual Result<std::vector<std::pair<int, std::int64_t>>> CountByState() = 0;

  // Change feed: `listener` is called after each committed change, from the writer's thread; it
  // must be quick and must not call the store. Returns an id for Unsubscribe, after which it is not
  // called any more.
  virtual std::int64_t Subscribe(std::function<void(const JobKey&)> listener) = 0;
  virtual void Unsubscribe(std::int64_t id) = 0;
};

}  // namespace mlengine::store
