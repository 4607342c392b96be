// Violations: what is wrong with a request, collected so that the caller sees all of it at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"

namespace mlengine::policy {

class Violations {
 public:
  // `field` is the path in snake_case ("job.training_input.region"), `description` a sentence.
  void Invalid(std::string field, std::string description);
  // The field is part of the API, but what it asks for is not built.
  void NotBuilt(std::string field, std::string description);

  std::size_t size() const { return violations_.size(); }

  // OK when there is none. INVALID_ARGUMENT when anything is invalid, else UNIMPLEMENTED; the
  // message has one line "Field: x Error: y" per violation.
  Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
  bool invalid_ = false;
};

}  // namespace mlengine::policy
