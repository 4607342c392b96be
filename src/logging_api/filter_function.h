// The functions of log filters: log_id, SEARCH, ip_in_net and sample; the others are refused by
// name. Pure.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logging_api/filter_ast.h"
#include "logging_api/filter_token.h"

namespace mlengine::logging_api {

Result<std::unique_ptr<FilterNode>> MakeFunction(const FilterToken& name,
                                                 const std::vector<FilterToken>& arguments,
                                                 std::string_view filter);

}  // namespace mlengine::logging_api
