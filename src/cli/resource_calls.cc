#include "cli/resource_calls.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::milliseconds kLongestWait{2000};

bool IsDone(const value& operation) {
  const value* done = operation.is_object() ? operation.get_object().if_contains("done") : nullptr;
  return done != nullptr && done->is_bool() && done->get_bool();
}

StatusCode CodeOf(const value& error) {
  const value* code = error.is_object() ? error.get_object().if_contains("code") : nullptr;
  const bool known =
      code != nullptr && code->is_int64() && code->get_int64() > 0 && code->get_int64() <= 16;
  return known ? static_cast<StatusCode>(code->get_int64()) : StatusCode::kUnknown;
}

}  // namespace

Flag RegionFlag() {
  return {"region", FlagKind::kText, "REGION",
          "Accepted for lines written for gcloud; every region is this engine."};
}

Flag AsyncFlag() {
  return {"async", FlagKind::kSwitch, "", "Print the operation and do not wait for it."};
}

std::vector<Flag> ListFlags() {
  return {{"filter", FlagKind::kText, "FILTER",
           "Only those for which this holds, as the server reads it."},
          {"limit", FlagKind::kNumber, "N", "At most so many, 1 or more."},
          RegionFlag()};
}

std::vector<Flag> UpdateFlags() {
  return {{"description", FlagKind::kText, "TEXT", "The new description."},
          {"update-labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels to set."},
          {"remove-labels", FlagKind::kList, "KEY,...", "Labels to take away."},
          {"clear-labels", FlagKind::kSwitch, "",
           "Take all labels away; --update-labels then sets the only ones."},
          RegionFlag()};
}

Result<array> ListAll(Api& api, const Invocation& invocation, const std::string& target,
                      std::string_view key) {
  const std::size_t limit = static_cast<std::size_t>(invocation.Number("limit").value_or(0));
  array all;
  std::string page;
  do {
    std::string next = target + "?pageSize=100";
    if (invocation.Has("filter")) next += "&filter=" + PercentEncode(invocation.Text("filter"));
    if (!page.empty()) next += "&pageToken=" + PercentEncode(page);
    MLENGINE_ASSIGN_OR_RETURN(const value answer, api.Json("GET", next));
    page = TextAt(answer, "nextPageToken");
    const value* found = answer.is_object() ? answer.get_object().if_contains(key) : nullptr;
    if (found == nullptr || !found->is_array()) break;
    for (const value& one : found->get_array()) {
      if (limit == 0 || all.size() < limit) all.push_back(one);
    }
  } while (!page.empty() && (limit == 0 || all.size() < limit));
  return all;
}

std::string LastPart(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

Result<value> WaitForOperation(Api& api, Session& session, value operation) {
  const std::string target = api.MlPath({"operations", LastPart(TextAt(operation, "name"))});
  for (std::chrono::milliseconds wait = kFirstWait; !IsDone(operation);
       wait = std::min(wait * 2, kLongestWait)) {
    session.sleep(wait);
    MLENGINE_ASSIGN_OR_RETURN(operation, api.Json("GET", target));
  }
  const object& done = operation.get_object();
  if (const value* error = done.if_contains("error"))
    return Status(CodeOf(*error), TextAt(*error, "message"));
  const value* response = done.if_contains("response");
  return response != nullptr ? *response : value(object());
}

Result<std::optional<object>> ChangedLabels(const Invocation& invocation, const value& resource) {
  const bool clear = invocation.Has("clear-labels");
  if (clear && invocation.Has("remove-labels")) {
    return InvalidArgumentError(
        "--clear-labels and --remove-labels exclude each other. Give one of them.");
  }
  if (!clear && !invocation.Has("update-labels") && !invocation.Has("remove-labels"))
    return std::optional<object>();
  object labels;
  const value* old = resource.is_object() ? resource.get_object().if_contains("labels") : nullptr;
  if (!clear && old != nullptr && old->is_object()) labels = old->get_object();
  for (const auto& [key, text] : invocation.Pairs("update-labels")) labels[key] = text;
  for (const std::string& key : invocation.List("remove-labels")) labels.stable_erase(key);
  return std::optional<object>(std::move(labels));
}

Result<value> UpdateResource(Api& api, const Invocation& invocation, Session& session,
                             const std::string& target,
                             const std::vector<std::pair<std::string, value>>& extra) {
  MLENGINE_ASSIGN_OR_RETURN(const value resource, api.Json("GET", target));
  MLENGINE_ASSIGN_OR_RETURN(std::optional<object> labels, ChangedLabels(invocation, resource));
  object body;
  std::string mask;
  const auto add = [&body, &mask](const std::string& path, value field) {
    mask += (mask.empty() ? "" : ",") + path;
    const std::size_t dot = path.find('.');
    if (dot == std::string::npos) {
      body[path] = std::move(field);
    } else {
      value& inner = body[path.substr(0, dot)];
      if (!inner.is_object()) inner = object();
      inner.get_object()[path.substr(dot + 1)] = std::move(field);
    }
  };
  if (invocation.Has("description")) add("description", value(invocation.Text("description")));
  if (labels) add("labels", value(*std::move(labels)));
  for (const auto& [path, field] : extra) add(path, field);
  if (mask.empty())
    return InvalidArgumentError(
        "nothing to change. Give --description, --update-labels, --remove-labels or another flag "
        "of what is to change.");
  // It makes the change fail when somebody else has changed it since it was read.
  if (const std::string etag = TextAt(resource, "etag"); !etag.empty()) body["etag"] = etag;
  const value request(std::move(body));
  MLENGINE_ASSIGN_OR_RETURN(value operation,
                            api.Json("PATCH", target + "?updateMask=" + mask, &request));
  return WaitForOperation(api, session, std::move(operation));
}

}  // namespace mlengine::cli
