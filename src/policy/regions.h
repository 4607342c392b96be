// The regions of the original service. Here a region is a name: every job runs on this engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::policy {

// Regions that took training jobs, in alphabetical order.
const std::vector<std::string>& TrainingRegions();
bool IsTrainingRegion(std::string_view name);
// "us-central1" of "us-central1-a"; "" when the name is not a zone of a known region.
std::string RegionOfZone(std::string_view zone);

}  // namespace mlengine::policy
