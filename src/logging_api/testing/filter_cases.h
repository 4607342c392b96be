// The table in testdata/filter_cases.json, for tests.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/testing/source_tree.h"
#include "logs/log_store.h"
#include "logs/severity.h"

namespace mlengine::logging_api {

struct CaseEntry {
  std::string job_id;
  logs::LogEntry entry;
};

struct FilterCase {
  std::string filter;
  std::set<std::string> passes;  // names of entries
  std::string error;             // part of the message; else it is understood
};

struct FilterCases {
  std::map<std::string, CaseEntry> entries;
  std::vector<FilterCase> cases;
};

inline std::string TextOf(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

inline CaseEntry ReadCaseEntry(const boost::json::object& from) {
  CaseEntry out;
  out.job_id = TextOf(from, "job");
  out.entry.stamp_ns = ToUnixNanos(*ParseTime(TextOf(from, "stamp")));
  char id[24];
  std::snprintf(id, sizeof id, "%012d", static_cast<int>(from.at("id").as_int64()));
  out.entry.insert_id = id;
  out.entry.task_name = TextOf(from, "task");
  out.entry.trial_id = TextOf(from, "trial");
  out.entry.severity = *logs::ParseSeverity(TextOf(from, "severity"));
  out.entry.message = TextOf(from, "message");
  if (const auto* json = from.if_contains("json")) out.entry.json = boost::json::serialize(*json);
  return out;
}

inline FilterCases ReadFilterCases() {
  std::ifstream file(SourceTree() + "/src/logging_api/testdata/filter_cases.json");
  EXPECT_TRUE(file.is_open());
  const boost::json::value table =
      boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  FilterCases out;
  for (const auto& item : table.at("entries").as_object())
    out.entries[std::string(item.key())] = ReadCaseEntry(item.value().as_object());
  for (const auto& item : table.at("cases").as_array()) {
    const boost::json::object& one = item.as_object();
    FilterCase& added = out.cases.emplace_back();
    added.filter = TextOf(one, "filter");
    added.error = TextOf(one, "error");
    for (const char c : TextOf(one, "passes")) {
      if (c != ' ') added.passes.insert(std::string(1, c));
    }
  }
  return out;
}

}  // namespace mlengine::logging_api
