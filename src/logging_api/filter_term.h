// The terms of a log filter: one comparison of a field, or a text to be found anywhere. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "logging_api/filter_ast.h"
#include "logging_api/filter_token.h"

namespace mlengine::logging_api {

std::optional<FilterOp> ParseOp(std::string_view text);

// INVALID_ARGUMENT when such a field cannot be asked so; `at` is where it stands in the filter.
Status CheckOp(const FieldRef& field, FilterOp op, std::string_view filter, std::size_t at);

// INVALID_ARGUMENT when no value of the field can be this one.
Result<std::unique_ptr<FilterNode>> MakeComparison(const FieldRef& field, FilterOp op,
                                                   const FilterToken& value,
                                                   std::string_view filter);
std::unique_ptr<FilterNode> MakeGlobal(const FilterToken& value);

}  // namespace mlengine::logging_api
