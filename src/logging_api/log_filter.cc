#include "logging_api/log_filter.h"

#include <chrono>
#include <utility>

#include "logging_api/entry_view.h"
#include "logging_api/filter_eval.h"
#include "logging_api/filter_parser.h"

namespace mlengine::logging_api {
namespace {

using Kind = FilterNode::Kind;
using Root = FieldRef::Root;

bool Compares(const FilterNode& node, Root root, FilterOp op) {
  return node.kind == Kind::kCompare && node.field->root == root && node.op == op;
}

// (resource.type=… OR resource.type=…) AND resource.labels.job_id=… [AND (… OR …)] AND
// timestamp>=… AND timestamp<…; for timestamp>=… also (… OR …).
bool IsFollowers(const FilterNode& root) {
  const auto& terms = root.children;
  if (root.kind != Kind::kAnd || terms.size() < 4 || terms.size() > 5) return false;
  const FilterNode& types = *terms[0];
  if (types.kind != Kind::kOr || types.children.size() != 2) return false;
  for (const auto& type : types.children) {
    if (!Compares(*type, Root::kResourceType, FilterOp::kEqual)) return false;
  }
  const FilterNode& job = *terms[1];
  if (!Compares(job, Root::kResourceLabels, FilterOp::kEqual) || job.field->path.empty() ||
      job.field->path[0] != "job_id") {
    return false;
  }
  if (terms.size() == 5 && terms[2]->kind != Kind::kOr) return false;
  const FilterNode& lower = *terms[terms.size() - 2];
  if (lower.kind != Kind::kOr && !Compares(lower, Root::kTimestamp, FilterOp::kGreaterEqual))
    return false;
  return Compares(*terms.back(), Root::kTimestamp, FilterOp::kLess);
}

}  // namespace

LogFilter::LogFilter(std::unique_ptr<FilterNode> root) : root_(std::move(root)) {}
LogFilter::LogFilter(LogFilter&&) noexcept = default;
LogFilter& LogFilter::operator=(LogFilter&&) noexcept = default;
LogFilter::~LogFilter() = default;

Result<LogFilter> LogFilter::Parse(std::string_view text) {
  MLENGINE_ASSIGN_OR_RETURN(auto root, ParseFilter(text));
  return LogFilter(std::move(root));
}

void LogFilter::DropFollowersBound(Time now) {
  if (!IsFollowers(*root_)) return;
  const Time bound = FromUnixNanos(*root_->children.back()->value.moment_ns);
  const auto away = std::chrono::hours(1);
  if (bound >= now - away && bound <= now + away) root_->children.pop_back();
}

bool LogFilter::Matches(const std::string& project, const std::string& job_id,
                        const logs::LogEntry& entry) const {
  return Passes(*root_, EntryView(project, job_id, entry));
}

FilterBounds LogFilter::bounds() const {
  return BoundsOf(*root_);
}

}  // namespace mlengine::logging_api
