// PriceList: what machines cost by the hour, in units and in money, and what a job has used. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mlengine/ml/v1/job.pb.h"
#include "policy/machine_types.h"

namespace mlengine::policy {

// Regions with one price for a unit.
struct RegionGroup {
  std::string name;                  // "europe"
  double unit_price = 0;             // per unit and hour
  std::vector<std::string> regions;  // names, or a beginning with a star: "us-*"

  bool Covers(std::string_view region) const;
};

// What a whole job costs while all its replicas run.
struct Rate {
  double units_per_hour = 0;
  double price_per_hour = 0;  // four decimals, rounded, as the original published its prices
};

// One execution of one replica, from its first step to its end.
struct ReplicaLifetime {
  std::string role;
  Time start;
  Time end;
};

struct Consumption {
  double units = 0;  // two decimals, cut off, as the original's consumedMLUnits
  double money = 0;  // two decimals, rounded; from the exact lifetimes, not from the cut units
};

class PriceList {
 public:
  // By the name of a region group; "" stands for every group.
  using ByGroup = std::map<std::string, double>;

  std::string name;      // "2017-12"
  std::string from;      // "2017-12-14"; "" when not said, as is `to`
  std::string to;        // the last day
  std::string currency;  // "USD"
  bool is_default = false;
  std::vector<RegionGroup> regions;
  // Units an hour.
  std::map<std::string, ByGroup> machines;      // by machine type
  std::map<std::string, ByGroup> accelerators;  // by type; those added to a machine, each
  std::map<std::string, ByGroup> tiers;         // by scale tier; wins over its machines' sum
  // Money an hour, by a name of those above; wins over units times unit price.
  std::map<std::string, ByGroup> prices;
  // Set: a unit is one hour of one replica and costs this, on any machine in any region.
  std::optional<double> replica_hour;

  // Of an input that ValidateNewJob found right. NOT_FOUND, with a sentence that says what the list
  // does not have, when it has no price for a part of the job.
  Result<Rate> RateOf(const ml::v1::TrainingInput& input, const std::string& region) const;

  // Of one replica on that machine, with the accelerators that are part of it. NOT_FOUND as RateOf.
  Result<Rate> RateOfMachine(const MachineType& machine, const std::string& region) const;
  // What one accelerator that a job adds to a machine costs more; nothing by a list of replicaHour.
  // NOT_FOUND as RateOf.
  Result<Rate> RateOfAccelerator(AcceleratorType type, const std::string& region) const;

  // By each replica's own lifetime. The money of a job whose replicas all run for an hour is its
  // rate. NOT_FOUND as RateOf.
  Result<Consumption> Consumed(const ml::v1::TrainingInput& input, const std::string& region,
                               const std::vector<ReplicaLifetime>& lifetimes) const;
};

// "2.90 USD".
std::string MoneyText(double money, const std::string& currency);
// "2.90 USD/h"; below 0.10 with all four decimals: "0.0042 USD/h".
std::string RateText(const Rate& rate, const PriceList& list);

}  // namespace mlengine::policy
