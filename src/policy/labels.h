// The rules for labels of jobs, models and versions. Pure.
#pragma once

#include <google/protobuf/map.h>

#include <string>

#include "policy/violations.h"

namespace mlengine::policy {

// At most 64; keys of 1 to 63 characters that begin with a lowercase letter, values of up to 63;
// lowercase letters, digits, '_', '-' and characters outside ASCII. `field` names the labels in a
// violation.
void CheckLabels(const google::protobuf::Map<std::string, std::string>& labels,
                 const std::string& field, Violations& wrong);

}  // namespace mlengine::policy
