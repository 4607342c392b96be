#include "cli/log_entries.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "cli/api.h"
#include "cli/output.h"

namespace mlengine::cli {
namespace {

constexpr std::size_t kLargestPage = 1000;

boost::json::value BodyOf(const Api& api, const EntryQuery& query, std::size_t had,
                          const std::string& token) {
  const std::size_t left = query.limit == 0 ? kLargestPage : query.limit - had;
  boost::json::object body{{"resourceNames", boost::json::array{"projects/" + api.project()}},
                           {"orderBy", query.newest_first ? "timestamp desc" : "timestamp asc"},
                           {"pageSize", std::min(left, kLargestPage)}};
  if (!query.filter.empty()) body["filter"] = query.filter;
  if (!token.empty()) body["pageToken"] = token;
  return body;
}

}  // namespace

Status ListEntries(Api& api, const EntryQuery& query,
                   const std::function<Result<bool>(boost::json::array entries)>& take) {
  std::string token;
  std::size_t had = 0;
  do {
    const boost::json::value body = BodyOf(api, query, had, token);
    MLENGINE_ASSIGN_OR_RETURN(boost::json::value answer,
                              api.Json("POST", "/v2/entries:list", &body));
    token = TextAt(answer, "nextPageToken");
    boost::json::value* entries =
        answer.is_object() ? answer.get_object().if_contains("entries") : nullptr;
    if (entries == nullptr || !entries->is_array()) continue;
    boost::json::array page = std::move(entries->get_array());
    if (query.limit > 0 && page.size() > query.limit - had) page.resize(query.limit - had);
    had += page.size();
    MLENGINE_ASSIGN_OR_RETURN(const bool more, take(std::move(page)));
    if (!more) return OkStatus();
  } while (!token.empty() && (query.limit == 0 || had < query.limit));
  return OkStatus();
}

std::string FilterText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

boost::json::value AsLogLine(const boost::json::value& entry) {
  std::string message = FieldText(entry, "jsonPayload.message");
  if (message.empty()) message = TextAt(entry, "textPayload");
  std::string trial;
  if (const auto* labels = entry.is_object() ? entry.get_object().if_contains("labels") : nullptr)
    trial = TextAt(*labels, "ml.googleapis.com/trial_id");
  return {{"severity", TextAt(entry, "severity")},
          {"timestamp", TextAt(entry, "timestamp")},
          {"task", FieldText(entry, "resource.labels.task_name")},
          {"trial", trial},
          {"message", message}};
}

std::optional<std::int64_t> ParseSeconds(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 1'000'000'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    static constexpr std::pair<char, std::int64_t> kUnits[] = {
        {'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}};
    const auto* unit =
        text.empty() ? std::begin(kUnits)
                     : std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const auto& known) { return known.first == text.front(); });
    if (unit == std::end(kUnits)) return std::nullopt;
    total += number * unit->second;
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return total;
}

}  // namespace mlengine::cli
