#include "policy/serving_settings.h"

#include <algorithm>
#include <cmath>

#include "policy/training_paths.h"
#include "policy/violations.h"

namespace mlengine::policy {
namespace {

constexpr int kWhole = 100;
// Has no divisor in common with a hundred: its multiples visit every place of it once, far apart.
constexpr std::uint64_t kStride = 61;

}  // namespace

Status ValidateServingSettings(const engine::v1::ServingSettings& settings,
                               const std::vector<std::string>& versions) {
  Violations wrong;
  int sum = 0;
  for (int i = 0; i < settings.traffic_size(); ++i) {
    const engine::v1::TrafficShare& share = settings.traffic(i);
    const std::string field = "traffic[" + std::to_string(i) + "]";
    if (std::ranges::find(versions, share.version()) == versions.end()) {
      wrong.Invalid(field + ".version",
                    "The model has no version \"" + share.version().substr(0, 128) + "\".");
    }
    for (int before = 0; before < i; ++before) {
      if (settings.traffic(before).version() == share.version())
        wrong.Invalid(field + ".version", "The version is named twice.");
    }
    if (share.percent() < 1 || share.percent() > kWhole)
      wrong.Invalid(field + ".percent", "A percent is a whole number from 1 to 100.");
    sum += std::clamp(share.percent(), 0, kWhole);
  }
  if (sum > kWhole) {
    wrong.Invalid("traffic", "The shares are " + std::to_string(sum) +
                                 " percent together; at most 100 can be given away.");
  }
  if (settings.has_request_logging()) {
    const engine::v1::RequestLogging& logging = settings.request_logging();
    if (std::string why = CheckJobDir(logging.folder()); !why.empty())
      wrong.Invalid("requestLogging.folder", std::move(why));
    if (!(logging.sample_percent() > 0 && logging.sample_percent() <= kWhole))
      wrong.Invalid("requestLogging.samplePercent", "A sample is above 0 and at most 100 percent.");
  }
  return wrong.ToStatus();
}

std::string VersionForRequest(const engine::v1::ServingSettings& settings, std::uint64_t number) {
  auto place = static_cast<int>(number * kStride % kWhole);
  for (const engine::v1::TrafficShare& share : settings.traffic()) {
    if (place < share.percent()) return share.version();
    place -= share.percent();
  }
  return "";
}

bool KeepsRequest(const engine::v1::RequestLogging& logging, std::uint64_t number) {
  const double part = logging.sample_percent() / kWhole;
  const auto at = [part](std::uint64_t n) { return std::floor(static_cast<double>(n) * part); };
  return at(number + 1) > at(number);
}

}  // namespace mlengine::policy
