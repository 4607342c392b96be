#include "policy/regions.h"

#include <algorithm>

namespace mlengine::policy {

const std::vector<std::string>& TrainingRegions() {
  static const std::vector<std::string> regions = {
      "asia-east1",
      "asia-east2",
      "asia-northeast1",
      "asia-northeast2",
      "asia-northeast3",
      "asia-south1",
      "asia-southeast1",
      "australia-southeast1",
      "europe-north1",
      "europe-west1",
      "europe-west2",
      "europe-west3",
      "europe-west4",
      "europe-west6",
      "northamerica-northeast1",
      "southamerica-east1",
      "us-central1",
      "us-east1",
      "us-east4",
      "us-west1",
      "us-west2",
      "us-west3",
  };
  return regions;
}

bool IsTrainingRegion(std::string_view name) {
  const auto& regions = TrainingRegions();
  return std::find(regions.begin(), regions.end(), name) != regions.end();
}

std::string RegionOfZone(std::string_view zone) {
  if (zone.size() < 3 || zone[zone.size() - 2] != '-') return "";
  const std::string_view region = zone.substr(0, zone.size() - 2);
  const char letter = zone.back();
  return letter >= 'a' && letter <= 'f' && IsTrainingRegion(region) ? std::string(region) : "";
}

std::vector<std::string> RegionTable::Open() const {
  std::vector<std::string> open;
  for (const std::string& region : TrainingRegions()) {
    if (IsOpen(region)) open.push_back(region);
  }
  return open;
}

bool RegionTable::IsOpen(const std::string& region) const {
  return IsTrainingRegion(region) && PlanOf(region).pool != kNoPool;
}

RegionPlan RegionTable::PlanOf(const std::string& region) const {
  const auto plan = plans_.find(region);
  return plan == plans_.end() ? RegionPlan{} : plan->second;
}

}  // namespace mlengine::policy
