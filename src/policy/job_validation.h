// What a new job may ask for. Pure; everything that is wrong is reported at once.
#pragma once

#include <google/protobuf/map.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/regions.h"

namespace mlengine::policy {

// The Python versions that a runtime version may run ("1.4": 2.7 and 3.5), whether it is installed
// or not; an empty list when it takes any; nothing for a name nobody knows.
using PythonVersionsOf = std::function<std::optional<std::vector<std::string>>(const std::string&)>;

// OK, or INVALID_ARGUMENT with one violation per wrong field. A field whose behaviour is not built
// is refused by name unless it has its default value; when that is all that is wrong, the code is
// UNIMPLEMENTED. Fields that only the service writes are not looked at.
Status ValidateNewJob(const ml::v1::Job& job, const PythonVersionsOf& python_versions_of,
                      const RegionTable& regions = {});

// The labels of a patch: at most 64; keys of 1 to 63 characters that begin with a lowercase letter,
// values of up to 63; lowercase letters, digits, '_', '-' and characters outside ASCII.
Status ValidateLabels(const google::protobuf::Map<std::string, std::string>& labels);

// Takes out what only the service may write (state, times, outputs …): in a request it is ignored.
void ClearOutputFields(ml::v1::Job& job);

// Project ids: a lowercase letter or digit, then up to 62 of these and "-.:_"; never a path.
bool IsProjectId(const std::string& project);
// Letters, digits and underscores, the first a letter, at most 128.
bool IsJobId(const std::string& job_id);

}  // namespace mlengine::policy
