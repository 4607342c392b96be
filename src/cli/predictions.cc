#include "cli/predictions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <iostream>
#include <iterator>
#include <ostream>

#include "base/file_system.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

Result<value> ParseJson(const std::string& text, const std::string& where) {
  boost::json::error_code error;
  value parsed = boost::json::parse(text, error);
  if (error) return InvalidArgumentError(where + " is not valid JSON: " + error.message() + ".");
  return parsed;
}

// As gcloud shows them: objects as a table whose columns are the names in the first one, else the
// bare values.
Status PrintPredictions(const Invocation& invocation, Session& session, const array& predictions) {
  if (invocation.Has("format") || predictions.empty() || !predictions[0].is_object()) {
    if (invocation.Has("format")) return PrintList(invocation, session, predictions, {});
    session.out << boost::json::serialize(predictions) << "\n";
    return OkStatus();
  }
  std::vector<std::string> titles;
  for (const auto& member : predictions[0].get_object()) {
    std::string title(member.key());
    for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    titles.push_back(std::move(title));
  }
  std::vector<Column> columns;
  for (const auto& member : predictions[0].get_object())
    columns.push_back({titles[columns.size()], {member.key().data(), member.key().size()}});
  return PrintList(invocation, session, predictions, columns);
}

}  // namespace

Result<std::string> ReadInput(const std::string& path) {
  if (path != "-") return RealFileSystem().Read(path);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<array> JsonInstances(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, ReadInput(path));
  const std::vector<std::string> lines = LinesOf(text);
  array instances;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find_first_not_of(" \t") == std::string::npos) continue;
    MLENGINE_ASSIGN_OR_RETURN(
        value instance,
        ParseJson(lines[i], "--json-instances: line " + std::to_string(i + 1) + " of " + path));
    instances.push_back(std::move(instance));
  }
  return instances;
}

Result<array> TextInstances(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, ReadInput(path));
  array instances;
  for (const std::string& line : LinesOf(text)) instances.emplace_back(line);
  return instances;
}

Status PrintAnswer(const Invocation& invocation, Session& session, const value& answer) {
  const object* const members = answer.if_object();
  const value* const predictions =
      members != nullptr ? members->if_contains("predictions") : nullptr;
  if (predictions == nullptr || !predictions->is_array()) {
    const std::string error = TextAt(answer, "error");
    return InvalidArgumentError(error.empty() ? boost::json::serialize(answer) : error);
  }
  return PrintPredictions(invocation, session, predictions->get_array());
}

}  // namespace mlengine::cli
