#include "logging_api/entry_view.h"

#include <boost/json.hpp>
#include <span>

#include "base/digest.h"
#include "logging_api/log_names.h"

namespace mlengine::logging_api {
namespace {

using Root = FieldRef::Root;
using Test = EntryView::Test;

constexpr std::string_view kLabelPrefix = "ml.googleapis.com/";

Leaf Text(std::string_view text, bool exact = false) {
  Leaf leaf;
  leaf.text = text;
  leaf.exact = exact;
  return leaf;
}

bool TestScalar(const boost::json::value& value, const Test& test) {
  if (value.is_string()) return test(Text(value.get_string()));
  Leaf leaf;
  if (value.is_bool()) {
    leaf.kind = Leaf::Kind::kBool;
    leaf.number = value.get_bool() ? 1 : 0;
    return test(leaf);
  }
  if (!value.is_number()) return false;
  leaf.kind = Leaf::Kind::kNumber;
  leaf.number = value.to_number<double>();
  return test(leaf);
}

// `inside`: also what lies below an object. The strict JSON of a line is bounded in depth.
bool AnyBelow(const boost::json::value& value, std::span<const std::string> path, bool inside,
              const Test& test) {
  if (value.is_array()) {
    for (const boost::json::value& one : value.get_array()) {
      if (AnyBelow(one, path, inside, test)) return true;
    }
    return false;
  }
  if (!path.empty()) {
    const auto* object = value.if_object();
    const auto* next = object == nullptr ? nullptr : object->if_contains(path.front());
    return next != nullptr && AnyBelow(*next, path.subspan(1), inside, test);
  }
  if (!value.is_object()) return TestScalar(value, test);
  if (!inside) return false;
  for (const auto& field : value.get_object()) {
    if (AnyBelow(field.value(), path, inside, test)) return true;
  }
  return false;
}

bool Exists(const boost::json::value& value, std::span<const std::string> path) {
  if (value.is_array() && !path.empty()) {
    for (const boost::json::value& one : value.get_array()) {
      if (Exists(one, path)) return true;
    }
    return false;
  }
  if (path.empty()) return !value.is_null();
  const auto* object = value.if_object();
  const auto* next = object == nullptr ? nullptr : object->if_contains(path.front());
  return next != nullptr && Exists(*next, path.subspan(1));
}

}  // namespace

EntryView::EntryView(const std::string& project, const std::string& job_id,
                     const logs::LogEntry& entry)
    : project_(project),
      job_id_(job_id),
      entry_(entry),
      version_(model::ParseVersionLogId(job_id)),
      is_text_(HasTextPayload(entry)) {}

const std::string& EntryView::log_name() const {
  if (log_name_.empty()) log_name_ = LogName(project_, job_id_, entry_.task_name);
  return log_name_;
}

std::string_view EntryView::ResourceType() const {
  return version_ ? kVersionResource : kJobResource;
}

const boost::json::value& EntryView::Json() const {
  if (!json_) json_ = JsonPayload(entry_);
  return *json_;
}

bool EntryView::AnyLabel(const FieldRef& field, bool keys, const Test& test) const {
  if (version_) return false;
  const std::pair<std::string_view, Leaf> labels[] = {{"job_id", Text(job_id_, true)},
                                                      {"task_name", Text(entry_.task_name)},
                                                      {"trial_id", Text(entry_.trial_id)}};
  for (const auto& [name, leaf] : labels) {
    const std::string key = std::string(kLabelPrefix) + std::string(name);
    if (field.path.empty()) {
      if (test(leaf) || (keys && test(Text(key)))) return true;
    } else if (field.path[0] == key || field.path[0] == name) {
      // Entries of before 2019 had the short names.
      return test(leaf);
    }
  }
  return false;
}

bool EntryView::AnyResourceLabel(const FieldRef& field, bool keys, const Test& test) const {
  std::vector<std::pair<std::string_view, Leaf>> labels;
  if (version_) {
    labels = {{"model_id", Text(version_->model)},
              {"project_id", Text(project_)},
              {"region", Text(version_->region)},
              {"version_id", Text(version_->version)}};
  } else {
    labels = {{"job_id", Text(job_id_, true)},
              {"project_id", Text(project_)},
              {"task_name", Text(entry_.task_name)}};
  }
  for (const auto& [name, leaf] : labels) {
    if (field.path.empty()) {
      if (test(leaf) || (keys && test(Text(name)))) return true;
    } else if (field.path[0] == name) {
      return test(leaf);
    }
  }
  return false;
}

bool EntryView::AnyJson(const FieldRef& field, bool deep, const Test& test) const {
  if (is_text_) return false;
  // The common case needs no JSON.
  if (field.path.size() == 1 && field.path[0] == "message") return test(Text(entry_.message));
  if (entry_.json.empty()) {
    const std::string_view level = logs::SeverityName(entry_.severity);
    if (field.path.empty()) return test(Text(entry_.message)) || test(Text(level));
    return field.path.size() == 1 && field.path[0] == "levelname" && test(Text(level));
  }
  return AnyBelow(Json(), field.path, deep, test);
}

bool EntryView::Any(const FieldRef& field, bool deep, const Test& test) const {
  Leaf leaf;
  switch (field.root) {
    case Root::kInsertId:
      return test(Text(entry_.insert_id));
    case Root::kLogName: {
      const Result<std::string> decoded = PercentDecode(log_name());
      return test(Text(decoded.ok() ? *decoded : log_name()));
    }
    case Root::kLogNameWritten:
      return test(Text(log_name()));
    case Root::kTimestamp:
      leaf.kind = Leaf::Kind::kMoment;
      leaf.moment_ns = entry_.stamp_ns;
      return test(leaf);
    case Root::kSeverity:
      leaf.kind = Leaf::Kind::kSeverity;
      leaf.number = static_cast<int>(entry_.severity);
      return test(leaf);
    case Root::kTextPayload:
      return test(Text(is_text_ ? std::string_view(entry_.message) : ""));
    case Root::kJsonPayload:
      return AnyJson(field, deep, test);
    case Root::kLabels:
      return AnyLabel(field, true, test);
    case Root::kResource:
      return test(Text(ResourceType())) ||
             AnyResourceLabel({Root::kResourceLabels, {}}, false, test);
    case Root::kResourceType:
      return test(Text(ResourceType()));
    case Root::kResourceLabels:
      return AnyResourceLabel(field, true, test);
    case Root::kNoText:
      return test(Text(""));
    case Root::kNoNumber:
    case Root::kNoDuration:
      leaf.kind = Leaf::Kind::kNumber;
      return test(leaf);
    case Root::kNoBool:
      leaf.kind = Leaf::Kind::kBool;
      return test(leaf);
    case Root::kNoMessage:
      return false;
  }
  return false;
}

bool EntryView::Any(const Test& test) const {
  if (is_text_ && test(Text(entry_.message))) return true;
  if (AnyJson({Root::kJsonPayload, {}}, true, test)) return true;
  for (const Root root :
       {Root::kInsertId, Root::kLogName, Root::kTimestamp, Root::kSeverity, Root::kResource}) {
    if (Any({root, {}}, true, test)) return true;
  }
  return AnyLabel({Root::kLabels, {}}, false, test);
}

bool EntryView::Has(const FieldRef& field) const {
  const Test any = [](const Leaf&) { return true; };
  switch (field.root) {
    case Root::kTextPayload:
      return is_text_ && !entry_.message.empty();
    case Root::kJsonPayload:
      return !is_text_ && Exists(Json(), field.path);
    case Root::kSeverity:
      return entry_.severity != logs::Severity::kDefault;
    case Root::kNoText:
    case Root::kNoNumber:
    case Root::kNoDuration:
    case Root::kNoBool:
    case Root::kNoMessage:
      return false;
    default:
      return Any(field, true, any);
  }
}

}  // namespace mlengine::logging_api
