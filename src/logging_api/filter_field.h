// The fields of a log entry by the names that filters use. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logging_api/filter_token.h"

namespace mlengine::logging_api {

// A field, or a value below one.
struct FieldRef {
  enum class Root {
    kInsertId,
    kLogName,         // with %2F as a slash
    kLogNameWritten,  // as the entry has it
    kTimestamp,       // receiveTimestamp is the same moment here
    kSeverity,
    kTextPayload,
    kJsonPayload,
    kLabels,
    kResource,
    kResourceType,
    kResourceLabels,
    // What Cloud Logging's entries may have and ours never do: compared by its default.
    kNoText,
    kNoNumber,
    kNoBool,
    kNoDuration,
    kNoMessage,  // and whatever is below it, where that is free
  };
  Root root = Root::kInsertId;
  // Of kJsonPayload: the path below it. Of labels: the one key, or none.
  std::vector<std::string> path;

  // It holds others: only ":" can be asked of it.
  bool IsMessage() const;
  // Its values are texts, so that a regular expression may be asked of it.
  bool MayBeText() const;
};

// INVALID_ARGUMENT names the field and what there is.
Result<FieldRef> ResolveField(const std::vector<PathPart>& parts, std::string_view filter,
                              std::size_t at);

}  // namespace mlengine::logging_api
