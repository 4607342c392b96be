// A log filter as a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "logging_api/filter_field.h"
#include "logging_api/filter_value.h"
#include "logging_api/net_range.h"

namespace mlengine::logging_api {

struct FilterNode {
  enum class Kind {
    kAll,      // every entry: the empty filter
    kAnd,      // of children
    kOr,       // of children
    kNot,      // of the one child
    kCompare,  // field op value
    kExists,   // field:*
    kGlobal,   // any field has the value
    kLogId,    // the log's name ends with /logs/VALUE
    kSearch,   // the field (or any) has the words of the value
    kInNet,    // the field is an address of the net
    kSample,   // one in so many, by the field's text
  };
  Kind kind = Kind::kAll;
  std::vector<std::unique_ptr<FilterNode>> children;
  std::optional<FieldRef> field;
  FilterOp op = FilterOp::kEqual;
  FilterValue value;
  std::size_t at = 0;  // first byte of it in the filter

  // Of kSearch: each is one word, or the words of a phrase in order.
  std::vector<std::vector<std::string>> phrases;
  NetRange net;         // of kInNet
  double fraction = 0;  // of kSample
};

}  // namespace mlengine::logging_api
