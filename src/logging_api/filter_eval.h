// Whether an entry passes a log filter. Pure.
#pragma once

#include "logging_api/entry_view.h"
#include "logging_api/filter_ast.h"

namespace mlengine::logging_api {

bool Passes(const FilterNode& node, const EntryView& entry);

}  // namespace mlengine::logging_api
