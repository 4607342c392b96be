#include "policy/violations.h"

namespace mlengine::policy {

void Violations::Invalid(std::string field, std::string description) {
  invalid_ = true;
  violations_.push_back({std::move(field), std::move(description)});
}

void Violations::NotBuilt(std::string field, std::string description) {
  violations_.push_back({std::move(field), std::move(description)});
}

Status Violations::ToStatus() const {
  if (violations_.empty()) return OkStatus();
  std::string message;
  for (const FieldViolation& violation : violations_) {
    if (!message.empty()) message += '\n';
    message += "Field: " + violation.field + " Error: " + violation.description;
  }
  const StatusCode code = invalid_ ? StatusCode::kInvalidArgument : StatusCode::kUnimplemented;
  return Status(code, std::move(message)).WithViolations(violations_);
}

}  // namespace mlengine::policy
