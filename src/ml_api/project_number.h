// The number of a project, as the original's resources carry it.
#pragma once

#include <cstdint>
#include <string>

namespace mlengine::ml_api {

// Twelve digits; nothing but the id decides it, so that no record of projects is needed.
std::int64_t ProjectNumber(const std::string& project);

}  // namespace mlengine::ml_api
