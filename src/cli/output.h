// Output: what a command found, in the format that was asked for.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

struct Session;
class Invocation;

struct Column {
  std::string_view title;
  std::string_view field;  // dotted path: "trainingInput.region"
  bool is_time = false;    // local time, as gcloud's tables print it
  bool is_name = false;    // of a resource's full name only the last part
};

// The field at a dotted path, as value(...) prints it: text bare, maps as k=v;k2=v2, lists joined
// by ';'; "" if absent.
std::string FieldText(const boost::json::value& item, std::string_view path);

// Prints one thing. Without --format: YAML. INVALID_ARGUMENT for a format that does not exist.
Status PrintOne(const Invocation& invocation, Session& session, const boost::json::value& item);
// Prints a list. Without --format: a table of `columns`, or "Listed 0 items." on stderr.
Status PrintList(const Invocation& invocation, Session& session, const boost::json::array& items,
                 const std::vector<Column>& columns);
// Prints a list, one document each. Without --format: YAML.
Status PrintDocuments(const Invocation& invocation, Session& session,
                      const boost::json::array& items);

// "2018-01-02T12:04:05" and "2018-01-02 12:04:05 +0900": an RFC 3339 moment in the local zone;
// `text` itself if it is not one.
std::string LocalTableTime(const std::string& text);
std::string LocalLogTime(const std::string& text);

// Lines of a table whose columns are as wide as their widest cell; no space at line ends.
std::string AlignTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace mlengine::cli
