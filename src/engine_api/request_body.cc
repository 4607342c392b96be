#include "engine_api/request_body.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/nearest_word.h"
#include "wire/codec/strict_json.h"

namespace mlengine::engine_api {

Result<boost::json::object> ReadBody(const net::Request& request,
                                     const std::vector<std::string>& names) {
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::value body,
      wire::ParseStrictJson(request.body.empty() ? "{}" : std::string_view(request.body)));
  if (!body.is_object()) return InvalidArgumentError("the body must be a JSON object");
  for (const auto& member : body.get_object()) {
    const std::string name(member.key());
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string near = NearestWord(name, names);
    std::string all;
    for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
    return InvalidArgumentError(
        "\"" + name + "\" is not known here; " +
        (near.empty() ? "known are: " + all : "did you mean " + near + "?"));
  }
  return body.get_object();
}

Result<std::string> BodyText(const boost::json::object& body, std::string_view name) {
  const boost::json::value* value = body.if_contains(name);
  if (value == nullptr) return std::string();
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_number()) return boost::json::serialize(*value);
  return InvalidArgumentError(std::string(name) + " must be a text or a number");
}

}  // namespace mlengine::engine_api
