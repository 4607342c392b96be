#include "logging_api/filter_bounds.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "logging_api/filter_value.h"
#include "logging_api/log_names.h"
#include "model/version_log_name.h"

namespace mlengine::logging_api {
namespace {

using Kind = FilterNode::Kind;
using Root = FieldRef::Root;
using Names = std::optional<std::set<std::string>>;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsPlain(std::string_view regex) {
  return regex.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
}

std::int64_t Before(std::int64_t stamp) {
  return stamp == std::numeric_limits<std::int64_t>::min() ? stamp : stamp - 1;
}

std::int64_t Behind(std::int64_t stamp) {
  return stamp == std::numeric_limits<std::int64_t>::max() ? stamp : stamp + 1;
}

void BoundStamp(FilterOp op, std::int64_t stamp, FilterBounds& bounds) {
  if (op == FilterOp::kEqual || op == FilterOp::kHas || op == FilterOp::kGreaterEqual)
    bounds.least_stamp_ns = stamp;
  if (op == FilterOp::kGreater) bounds.least_stamp_ns = Behind(stamp);
  if (op == FilterOp::kEqual || op == FilterOp::kHas || op == FilterOp::kLessEqual)
    bounds.most_stamp_ns = stamp;
  if (op == FilterOp::kLess) bounds.most_stamp_ns = Before(stamp);
}

void BoundSeverity(FilterOp op, int severity, FilterBounds& bounds) {
  if (op == FilterOp::kEqual || op == FilterOp::kHas || op == FilterOp::kGreaterEqual)
    bounds.least_severity = severity;
  if (op == FilterOp::kGreater) bounds.least_severity = severity + 1;
}

// What a value leaves in the entry's line, or nothing: a number may be written in many ways.
void BoundPayload(const FilterNode& node, FilterBounds& bounds) {
  const FieldRef& field = *node.field;
  const bool message =
      field.root == Root::kTextPayload || (field.path.size() == 1 && field.path[0] == "message");
  if (!message && (field.path.empty() || field.path[0] == "levelname" || node.value.number)) return;
  if (!IsAscii(node.value.folded) || node.value.folded.empty()) return;
  const bool regex = node.op == FilterOp::kMatches && IsPlain(node.value.text);
  if (regex || node.op == FilterOp::kEqual || node.op == FilterOp::kHas)
    bounds.needle = {node.value.folded, false};
}

void BoundLabel(const FilterNode& node, FilterBounds& bounds) {
  if (node.op != FilterOp::kEqual || node.field->path.empty()) return;
  if (node.field->path[0] == "job_id") bounds.jobs = {node.value.text};
  if (node.field->path[0] == "model_id") bounds.models = {node.value.folded};
  // Tasks' names are made by the service, in lower case.
  if (node.field->path[0] == "task_name") bounds.tasks = {node.value.folded};
}

FilterBounds OfCompare(const FilterNode& node) {
  FilterBounds bounds;
  switch (node.field->root) {
    case Root::kTimestamp:
      BoundStamp(node.op, *node.value.moment_ns, bounds);
      break;
    case Root::kSeverity:
      BoundSeverity(node.op, *node.value.severity, bounds);
      break;
    case Root::kResourceLabels:
      BoundLabel(node, bounds);
      break;
    case Root::kResourceType:
      if (node.op == FilterOp::kEqual) bounds.types = {node.value.folded};
      break;
    case Root::kTextPayload:
    case Root::kJsonPayload:
      BoundPayload(node, bounds);
      break;
    default:
      break;
  }
  return bounds;
}

FilterBounds OfGlobal(const FilterValue& value) {
  FilterBounds bounds;
  const bool other_kind = value.number || value.moment_ns || value.severity;
  if (!other_kind && !value.folded.empty() && IsAscii(value.folded))
    bounds.needle = {value.folded, true};
  return bounds;
}

FilterBounds OfSearch(const FilterNode& node) {
  FilterBounds bounds;
  const bool line =
      node.field && (node.field->root == Root::kTextPayload ||
                     (node.field->root == Root::kJsonPayload && !node.field->path.empty() &&
                      node.field->path[0] != "levelname"));
  if (node.field && !line) return bounds;
  std::string longest;
  for (const auto& phrase : node.phrases) {
    for (const std::string& word : phrase) {
      if (word.size() > longest.size() && IsAscii(word)) longest = word;
    }
  }
  if (!longest.empty()) bounds.needle = {longest, !line};
  return bounds;
}

Names Both(const Names& left, const Names& right) {
  if (!left || !right) return left ? left : right;
  std::set<std::string> both;
  std::set_intersection(left->begin(), left->end(), right->begin(), right->end(),
                        std::inserter(both, both.end()));
  return both;
}

Names Either(const Names& left, const Names& right) {
  if (!left || !right) return std::nullopt;
  std::set<std::string> either = *left;
  either.insert(right->begin(), right->end());
  return either;
}

void Narrow(const FilterBounds& other, FilterBounds& bounds) {
  bounds.jobs = Both(bounds.jobs, other.jobs);
  bounds.tasks = Both(bounds.tasks, other.tasks);
  bounds.types = Both(bounds.types, other.types);
  bounds.models = Both(bounds.models, other.models);
  bounds.least_stamp_ns = std::max(bounds.least_stamp_ns, other.least_stamp_ns);
  bounds.most_stamp_ns = std::min(bounds.most_stamp_ns, other.most_stamp_ns);
  bounds.least_severity = std::max(bounds.least_severity, other.least_severity);
  if (!other.needle) return;
  // One that the line must have is worth more than one that any field may have.
  const auto worth = [](const FilterBounds::Needle& needle) {
    return std::pair(!needle.anywhere, needle.text.size());
  };
  if (!bounds.needle || worth(*bounds.needle) < worth(*other.needle)) bounds.needle = other.needle;
}

void Widen(const FilterBounds& other, FilterBounds& bounds) {
  bounds.jobs = Either(bounds.jobs, other.jobs);
  bounds.tasks = Either(bounds.tasks, other.tasks);
  bounds.types = Either(bounds.types, other.types);
  bounds.models = Either(bounds.models, other.models);
  bounds.least_stamp_ns = std::min(bounds.least_stamp_ns, other.least_stamp_ns);
  bounds.most_stamp_ns = std::max(bounds.most_stamp_ns, other.most_stamp_ns);
  bounds.least_severity = std::min(bounds.least_severity, other.least_severity);
  const bool same = bounds.needle && other.needle && bounds.needle->text == other.needle->text;
  if (!same) {
    bounds.needle.reset();
  } else {
    bounds.needle->anywhere = bounds.needle->anywhere || other.needle->anywhere;
  }
}

}  // namespace

FilterBounds BoundsOf(const FilterNode& node) {
  switch (node.kind) {
    case Kind::kAnd:
    case Kind::kOr: {
      FilterBounds bounds = BoundsOf(*node.children[0]);
      for (std::size_t i = 1; i < node.children.size(); ++i) {
        const FilterBounds other = BoundsOf(*node.children[i]);
        node.kind == Kind::kAnd ? Narrow(other, bounds) : Widen(other, bounds);
      }
      return bounds;
    }
    case Kind::kCompare:
      return OfCompare(node);
    case Kind::kGlobal:
      return OfGlobal(node.value);
    case Kind::kSearch:
      return OfSearch(node);
    default:
      return {};
  }
}

bool MayHold(const FilterBounds& bounds, const std::string& job_id) {
  const auto version = model::ParseVersionLogId(job_id);
  const auto is_version = [](const std::string& type) { return type == kVersionResource; };
  if (bounds.types) {
    const bool some = version ? std::ranges::any_of(*bounds.types, is_version)
                              : !std::ranges::all_of(*bounds.types, is_version);
    if (!some) return false;
  }
  return !bounds.models || (version && bounds.models->contains(FoldCase(version->model)));
}

std::string LineNeedle(const FilterBounds& bounds, const std::string& project,
                       const std::string& job_id) {
  if (!bounds.needle) return "";
  const std::string& needle = bounds.needle->text;
  if (!bounds.needle->anywhere) return needle;
  // The names of the version may have it.
  if (model::ParseVersionLogId(job_id)) return "";
  // Tasks of one role differ by a number at their end.
  const std::string name = needle.substr(0, needle.find_last_not_of("0123456789") + 1);
  if (name.empty()) return "";
  const std::string logs = FoldCase("projects/" + project + "/logs/");
  if ((logs + "ml.googleapis.com/" + FoldCase(job_id)).find(needle) != std::string::npos) return "";
  for (const std::string_view role : {"master", "worker", "ps", "evaluator", "chief"}) {
    const std::string log = logs + std::string(role) + "-replica-";
    if (log.find(name) != std::string::npos) return "";
  }
  for (const std::string_view text : {"ml_job", "service", "default", "debug", "info", "notice",
                                      "warning", "error", "critical", "alert", "emergency"}) {
    if (text.find(needle) != std::string_view::npos) return "";
  }
  return needle;
}

}  // namespace mlengine::logging_api
