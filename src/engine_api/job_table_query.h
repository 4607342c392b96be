// One question to the table of jobs: which rows, in which order, and which window of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine_api/job_table.h"
#include "engine_api/job_table_filter.h"
#include "net/http.h"
#include "policy/list_filter.h"

namespace mlengine::engine_api {

enum class JobOrder {
  kJobId,
  kCreateTime,
  kStartTime,
  kEndTime,
  kElapsed,  // from createTime to endTime or now
  kState,    // in the order of a job's life
  kScaleTier,
  kRegion,
  kUnits,
  kMoney,
};

struct TableQuery {
  std::string project;
  std::string filter_text;
  policy::ListFilter filter;
  std::vector<std::string> words = {};
  std::array<bool, kJobGroups> groups{};  // none: all
  JobOrder order = JobOrder::kCreateTime;
  bool descending = true;
  std::uint64_t offset = 0;
  std::uint64_t limit = 100;
  int wait = 0;               // seconds
  std::string revision = {};  // that the caller has; "": none
};

// Of the door's parameters. INVALID_ARGUMENT names the one that is wrong.
Result<TableQuery> ParseTableQuery(const net::Request& request);

struct Selection {
  std::array<std::int64_t, kJobGroups> counts{};  // filter and words applied, groups not
  std::uint64_t total = 0;                        // groups applied as well
  std::vector<const JobRow*> window;
};

// Ties are in the order of creation, turned round with the rest by `descending`. A job that does
// not have the field comes last, whichever way.
Selection Select(const JobTable::View& view, const TableQuery& query, RowFilter& filter, Time now);

}  // namespace mlengine::engine_api
