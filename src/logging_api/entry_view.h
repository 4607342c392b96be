// An entry as a filter sees it: field by field, each read only when it is asked for.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "logging_api/filter_field.h"
#include "logging_api/filter_value.h"
#include "logs/log_store.h"
#include "model/version_log_name.h"

namespace mlengine::logging_api {

class EntryView {
 public:
  // All three must outlive the view.
  EntryView(const std::string& project, const std::string& job_id, const logs::LogEntry& entry);

  using Test = std::function<bool(const Leaf&)>;
  // Whether one of the field's values passes. A list has each of its own; what holds others those
  // of all of them, if `deep`. A missing field has none, one of Cloud Logging's own that is not set
  // its default.
  bool Any(const FieldRef& field, bool deep, const Test& test) const;
  // Whether any value of the entry passes.
  bool Any(const Test& test) const;
  // Whether the field is there, whatever its value.
  bool Has(const FieldRef& field) const;

  const std::string& log_name() const;

 private:
  // `keys`: the names of the labels count as values too.
  bool AnyLabel(const FieldRef& field, bool keys, const Test& test) const;
  bool AnyResourceLabel(const FieldRef& field, bool keys, const Test& test) const;
  bool AnyJson(const FieldRef& field, bool deep, const Test& test) const;
  const boost::json::value& Json() const;
  std::string_view ResourceType() const;

  const std::string& project_;
  const std::string& job_id_;
  const logs::LogEntry& entry_;
  const std::optional<model::VersionLogName> version_;  // of a model's version, not of a job
  const bool is_text_;                                  // textPayload, not jsonPayload
  mutable std::optional<boost::json::value> json_;
  mutable std::string log_name_;
};

}  // namespace mlengine::logging_api
