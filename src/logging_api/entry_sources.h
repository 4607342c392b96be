// Whose logs a filter asks for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "logging_api/door.h"
#include "logging_api/entry_merge.h"
#include "logging_api/filter_bounds.h"

namespace mlengine::logging_api {

// The jobs that the filter names, whether they exist or not; where it names none, all jobs of the
// projects that may have had entries in its time.
Result<std::vector<EntrySource>> SourcesOf(const LoggingDeps& deps,
                                           const std::vector<std::string>& projects,
                                           const FilterBounds& bounds);

MergeQuery QueryOf(const FilterBounds& bounds, bool newest_first);

}  // namespace mlengine::logging_api
