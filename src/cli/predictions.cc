#include "cli/predictions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <ostream>

#include "base/file_system.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/prediction_table.h"
#include "cli/session.h"
#include "wire/codec/strict_json.h"

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
  // All digits of a number count.
  Result<value> strict = wire::ParseStrictJson(text);
  if (strict.ok()) return strict;
  boost::json::error_code error;
  value parsed = boost::json::parse(text, error);
  if (error) return InvalidArgumentError(where + " is not valid JSON: " + error.message() + ".");
  return parsed;
}

// Objects as a table, as gcloud shows them, else the bare values.
Status PrintPredictions(const Invocation& invocation, Session& session, const array& predictions) {
  if (invocation.Has("format")) return PrintList(invocation, session, predictions, {});
  const std::string table = PredictionTable(predictions);
  session.out << (table.empty() ? boost::json::serialize(predictions) + "\n" : table);
  return OkStatus();
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
