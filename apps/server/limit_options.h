// The keys `disk`, `limits`, `logs` and `hints` of mlengine.yaml: how full the disk may get, what
// one client may ask of the server, how much room logs may take (docs/guides/limits.md), and after
// what time something is said of a running job (docs/guides/progress.md).
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "insight/health_hints.h"
#include "net/server.h"
#include "storage_api/upload_session.h"

namespace mlengine::server {

// A number of bytes, or a share of the disk.
struct DiskShare {
  std::uint64_t bytes = 0;
  double percent = 0;  // where it is not 0, `bytes` means nothing
  std::uint64_t Of(std::uint64_t total) const;
};

struct LimitOptions {
  std::optional<DiskShare> low_water;    // unset: by the disk's size
  std::optional<std::uint64_t> reserve;  // bytes; unset: by the disk's size
  net::ServerOptions net;                // only its limits
  storage_api::UploadLimits uploads;
  DiskShare log_budget{.percent = 25};            // of all ended jobs' logs and folders
  std::chrono::seconds archive_logs_after{3600};  // from a job's end
  std::chrono::seconds look_at_logs_every{600};
  bool give_hints = true;  // about running jobs, in their logs
  insight::HintLimits hints;
  std::chrono::seconds look_at_health_every{10};  // and at event files
};

// "4096", "256 MiB", "2GiB"; nothing for other text.
std::optional<std::uint64_t> ParseBytes(std::string_view text);

// The values of the keys; each throws a YAML::Exception with the place of what is wrong, as the
// caller's other keys do.
void SetDisk(const YAML::Node& node, LimitOptions& limits);
void SetLimits(const YAML::Node& node, LimitOptions& limits);
void SetLogs(const YAML::Node& node, LimitOptions& limits);
void SetHints(const YAML::Node& node, LimitOptions& limits);

}  // namespace mlengine::server
