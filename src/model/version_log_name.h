// What the log store calls the logs of a model's version, beside those of jobs: a job's id has no
// slash. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/number_text.h"

namespace mlengine::model {

// What writes into them.
inline constexpr char kAccessTask[] = "access";  // a line for each request
inline constexpr char kStreamTask[] = "stream";  // what the version's processes print

struct VersionLogName {
  std::string region;
  std::string model;
  std::string version;
  std::int64_t begin_ns = 0;  // a version has one log after the other
  friend bool operator==(const VersionLogName&, const VersionLogName&) = default;
};

inline std::string VersionLogId(const VersionLogName& name) {
  return "models/" + name.region + "/" + name.model + "/" + name.version + "/" +
         std::to_string(name.begin_ns);
}

// Nothing for the id of a job.
inline std::optional<VersionLogName> ParseVersionLogId(std::string_view id) {
  constexpr std::string_view kPrefix = "models/";
  if (!id.starts_with(kPrefix)) return std::nullopt;
  id.remove_prefix(kPrefix.size());
  VersionLogName name;
  for (std::string* part : {&name.region, &name.model, &name.version}) {
    const std::size_t end = id.find('/');
    if (end == 0 || end == std::string_view::npos) return std::nullopt;
    *part = id.substr(0, end);
    id.remove_prefix(end + 1);
  }
  const auto begin_ns = ToNumber<decltype(name.begin_ns)>(id);
  if (!begin_ns) return std::nullopt;
  name.begin_ns = *begin_ns;
  return name;
}

}  // namespace mlengine::model
