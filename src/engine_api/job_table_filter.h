// Which rows of a table pass a filter of the API and the words of a search.
//
// Rows have jobId, state, the times, labels and all of trainingInput but args, packageUris and
// jobDir. What a filter asks beside those (errorMessage, trainingInput.args, …) is read from the
// store: all of the project's records when a filter comes for the first time, which takes as long
// as the API's own list, and later only those that have changed since.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine_api/job_table.h"
#include "logs/folded_search.h"
#include "policy/list_filter.h"

namespace mlengine::engine_api {

// By sequence: whether that job passes; those beyond its end do not.
using JobSet = std::shared_ptr<const std::vector<bool>>;

// The answers of the last filters that needed the store. Thread-safe.
class FilterMemo {
 public:
  static constexpr std::size_t kMostKept = 8;

  // Both outlive the object.
  FilterMemo(const JobTable& table, store::JobStore& store) : table_(table), store_(store) {}
  // The project's jobs that pass all of `terms`; `text` names them.
  Result<JobSet> Passing(const std::string& project, const std::string& text,
                         const std::vector<policy::ListFilter>& terms);

 private:
  struct Kept {
    std::string project;
    std::string text;
    std::int64_t revision = 0;  // what has changed behind it is not known yet
    JobSet jobs;
  };
  Result<JobSet> Renew(const Kept* old, const std::string& project,
                       const std::vector<policy::ListFilter>& terms,
                       const std::vector<std::pair<std::int64_t, std::string>>& changed);

  const JobTable& table_;
  store::JobStore& store_;
  std::mutex mutex_;      // guards `kept_`; held while the store is read
  std::list<Kept> kept_;  // the one used last in front
};

// One question to many rows. Used by one thread.
class RowFilter {
 public:
  // `words` as Words gives them.
  RowFilter(const policy::ListFilter& filter, const std::vector<std::string>& words);

  // Those that Passing of a memo has to answer; then SetStored gets what it said.
  const std::vector<policy::ListFilter>& stored_terms() const { return stored_terms_; }
  void SetStored(JobSet jobs) { stored_ = std::move(jobs); }

  // All rows of one project, under one Read.
  bool Passes(const JobRow& row);

 private:
  struct ShapeVerdict {
    bool known = false;
    bool passes = false;
    std::uint32_t words = 0;  // a bit for each word that the shape has
  };
  const ShapeVerdict& VerdictOf(const JobShape& shape);
  bool PassesOwn(const JobRow& row);

  std::vector<policy::ListFilter> shape_terms_;
  std::vector<policy::ListFilter> own_terms_;
  std::vector<policy::ListFilter> stored_terms_;
  unsigned own_fields_ = 0;  // those that own_terms_ look at
  std::vector<logs::FoldedSearch> words_;
  std::vector<ShapeVerdict> shapes_;  // by number
  JobSet stored_;
  ml::v1::Job scratch_;
};

// The words of a search, of which all must be found. INVALID_ARGUMENT for more than 32, or a text
// of more than 1000 bytes.
Result<std::vector<std::string>> Words(std::string_view search);

}  // namespace mlengine::engine_api
