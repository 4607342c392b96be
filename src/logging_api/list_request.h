// The bodies of entries:list and entries:tail. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logging_api/entry_merge.h"

namespace mlengine::logging_api {

struct ListRequest {
  std::vector<std::string> projects;  // at least one
  std::string filter;
  bool newest_first = false;
  int page_size = 50;
  std::optional<EntryPosition> after;  // where the last page ended
};

// INVALID_ARGUMENT names the field.
Result<boost::json::object> ParseBody(std::string_view text);
Result<ListRequest> ReadListRequest(const boost::json::object& body);
Result<std::vector<std::string>> ReadProjects(const boost::json::object& body);
Result<std::string> ReadFilter(const boost::json::object& body);

// Opaque to clients.
std::string MakePageToken(const EntryPosition& position, bool newest_first);

}  // namespace mlengine::logging_api
