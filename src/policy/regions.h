// The regions of the original service. Here a region is a name for a pool and a price list.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlengine::policy {

// Regions that took training jobs, in alphabetical order.
const std::vector<std::string>& TrainingRegions();
bool IsTrainingRegion(std::string_view name);
// "us-central1" of "us-central1-a"; "" when the name is not a zone of a known region.
std::string RegionOfZone(std::string_view zone);

// The pool on this machine, the only one there is yet.
inline constexpr std::string_view kLocalPool = "local";
// The pool of a region that takes no jobs.
inline constexpr std::string_view kNoPool = "none";

struct RegionPlan {
  std::string pool = std::string(kLocalPool);
  std::string price_list;  // "": the server's
};

// What the server's configuration says of the regions; those that it does not name have the
// default plan.
class RegionTable {
 public:
  RegionTable() = default;
  explicit RegionTable(std::map<std::string, RegionPlan> plans) : plans_(std::move(plans)) {}

  // Those that take jobs, in alphabetical order.
  std::vector<std::string> Open() const;
  bool IsOpen(const std::string& region) const;
  RegionPlan PlanOf(const std::string& region) const;

 private:
  std::map<std::string, RegionPlan> plans_;
};

}  // namespace mlengine::policy
