// What every entry that passes a filter must be: so that a query reads little. Never excludes an
// entry that passes. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "logging_api/filter_ast.h"

namespace mlengine::logging_api {

struct FilterBounds {
  std::optional<std::set<std::string>> jobs;   // of one of these; unset: of any
  std::optional<std::set<std::string>> tasks;  // the same
  // Types of resources and names of models, in lower case; the same.
  std::optional<std::set<std::string>> types;
  std::optional<std::set<std::string>> models;
  std::int64_t least_stamp_ns = std::numeric_limits<std::int64_t>::min();  // both inclusive
  std::int64_t most_stamp_ns = std::numeric_limits<std::int64_t>::max();
  int least_severity = 0;

  // A text, in lower case and ASCII, that the entry has.
  struct Needle {
    std::string text;
    bool anywhere = false;  // in any field; else in its line, the program's or the service's
  };
  std::optional<Needle> needle;
};

FilterBounds BoundsOf(const FilterNode& node);

// Whether entries of that log, a job's or a version's, may pass by the bounds' types and models.
bool MayHold(const FilterBounds& bounds, const std::string& job_id);

// The needle as one that the line itself must have, in entries of this job: "" when another of the
// entry's fields may have it.
std::string LineNeedle(const FilterBounds& bounds, const std::string& project,
                       const std::string& job_id);

}  // namespace mlengine::logging_api
