#include "policy/price_list.h"

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "policy/cluster.h"

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::TrainingInput;

constexpr double kNanosecondsPerHour = 3600e9;
constexpr double kCents = 100;
constexpr double kRateDecimals = 1e4;
// Below this two decimals would hide most of a rate.
constexpr double kSmallRate = 0.1;
// 5 h of 1.69 units are 8.45, but as doubles a little less: what is this near to the next step
// counts as being there.
constexpr double kNear = 1e-6;

double Rounded(double value, double steps) {
  return std::floor(value * steps + 0.5 + kNear) / steps;
}
double Cut(double value, double steps) {
  return std::floor(value * steps + kNear) / steps;
}

struct Amount {
  double units = 0;
  double price = 0;
};

// What a job's parts cost an hour in one region by one list.
class Meter {
 public:
  Meter(const PriceList& list, const RegionGroup& group, const std::string& region)
      : list_(list), group_(group), region_(region) {}

  Result<Amount> Machine(const MachineType& machine) const {
    // Where the list says nothing of batch prediction its workers are machines as others are.
    const bool plain_node =
        machine.name == kBatchPredictionNode && Find(list_.machines, machine.name) == nullptr;
    MLENGINE_ASSIGN_OR_RETURN(Amount amount,
                              Of(list_.machines, plain_node ? "standard" : machine.name));
    const std::optional<MachineType> plain = FindMachineType(machine.name);
    // Those that are part of the type are part of its price.
    if (machine.accelerators > 0 && (!plain || plain->accelerators == 0)) {
      MLENGINE_ASSIGN_OR_RETURN(const Amount each, Accelerator(machine.accelerator));
      amount.units += each.units * machine.accelerators;
      amount.price += each.price * machine.accelerators;
    }
    return amount;
  }

  Result<Amount> Accelerator(AcceleratorType type) const {
    return Of(list_.accelerators, AcceleratorConfig::Type_Name(type));
  }

  std::optional<Amount> Tier(TrainingInput::ScaleTier tier) const {
    const Result<Amount> amount = Of(list_.tiers, TrainingInput::ScaleTier_Name(tier));
    return amount.ok() ? std::optional(*amount) : std::nullopt;
  }

 private:
  using Things = std::map<std::string, PriceList::ByGroup>;

  const double* Find(const Things& things, const std::string& name) const {
    const auto thing = things.find(name);
    if (thing == things.end()) return nullptr;
    auto number = thing->second.find(group_.name);
    if (number == thing->second.end()) number = thing->second.find("");
    return number == thing->second.end() ? nullptr : &number->second;
  }

  Result<Amount> Of(const Things& things, const std::string& name) const {
    if (const double* units = Find(things, name)) {
      const double* published = Find(list_.prices, name);
      return Amount{*units, published != nullptr ? *published : *units * group_.unit_price};
    }
    const std::string in_list = " in the price list " + list_.name + ".";
    return NotFoundError(things.contains(name) ? name + " has no price in " + region_ + in_list
                                               : name + " is not" + in_list);
  }

  const PriceList& list_;
  const RegionGroup& group_;
  const std::string& region_;
};

struct Bill {
  Amount total;                           // of all replicas an hour, the price rounded
  std::map<std::string, Amount> of_role;  // of one replica; those of all replicas are the total
};

// What a total gives to a part of its parts' sum; evenly where the sum says nothing.
double Part(double part, double sum, double total, double replicas) {
  return sum > 0 ? part * (total / sum) : total / replicas;
}

Result<Bill> BillByMachine(const Meter& meter, const TrainingInput& input) {
  Bill bill;
  const std::vector<ReplicaGroup> groups = ClusterOf(input);
  const std::optional<Amount> tier = meter.Tier(input.scale_tier());
  Amount sum;
  for (const ReplicaGroup& group : groups) {
    const Result<Amount> machine = meter.Machine(group.machine);
    if (!machine.ok() && !tier) return machine.status();
    if (!machine.ok()) {
      sum = {};
      break;
    }
    bill.of_role[group.role] = *machine;
    sum.units += machine->units * group.count;
    sum.price += machine->price * group.count;
  }
  bill.total = tier.value_or(sum);
  bill.total.price = Rounded(bill.total.price, kRateDecimals);
  const double replicas = ReplicaCount(input);
  for (const ReplicaGroup& group : groups) {
    Amount& share = bill.of_role[group.role];
    share = {Part(share.units, sum.units, bill.total.units, replicas),
             Part(share.price, sum.price, bill.total.price, replicas)};
  }
  return bill;
}

Result<const RegionGroup*> GroupOf(const PriceList& list, const std::string& region) {
  for (const RegionGroup& group : list.regions) {
    if (group.Covers(region)) return &group;
  }
  return NotFoundError("The region " + region + " is not in the price list " + list.name + ".");
}

Result<Bill> BillOf(const PriceList& list, const TrainingInput& input, const std::string& region) {
  if (list.replica_hour) {
    Bill bill;
    const double replicas = ReplicaCount(input);
    bill.total = {replicas, Rounded(replicas * *list.replica_hour, kRateDecimals)};
    for (const ReplicaGroup& group : ClusterOf(input))
      bill.of_role[group.role] = {1, bill.total.price / replicas};
    return bill;
  }
  MLENGINE_ASSIGN_OR_RETURN(const RegionGroup* const group, GroupOf(list, region));
  return BillByMachine(Meter(list, *group, region), input);
}

Rate RateFrom(const Amount& amount) {
  return {amount.units, Rounded(amount.price, kRateDecimals)};
}

}  // namespace

bool RegionGroup::Covers(std::string_view region) const {
  return std::ranges::any_of(regions, [region](std::string_view pattern) {
    return pattern.ends_with('*') ? region.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : region == pattern;
  });
}

Result<Rate> PriceList::RateOf(const TrainingInput& input, const std::string& region) const {
  MLENGINE_ASSIGN_OR_RETURN(const Bill bill, BillOf(*this, input, region));
  return Rate{bill.total.units, bill.total.price};
}

Result<Rate> PriceList::RateOfMachine(const MachineType& machine, const std::string& region) const {
  if (replica_hour) return RateFrom({1, *replica_hour});
  MLENGINE_ASSIGN_OR_RETURN(const RegionGroup* const group, GroupOf(*this, region));
  MLENGINE_ASSIGN_OR_RETURN(const Amount amount, Meter(*this, *group, region).Machine(machine));
  return RateFrom(amount);
}

Result<Rate> PriceList::RateOfAccelerator(AcceleratorType type, const std::string& region) const {
  if (replica_hour) return Rate{};
  MLENGINE_ASSIGN_OR_RETURN(const RegionGroup* const group, GroupOf(*this, region));
  MLENGINE_ASSIGN_OR_RETURN(const Amount amount, Meter(*this, *group, region).Accelerator(type));
  return RateFrom(amount);
}

Result<Consumption> PriceList::Consumed(const TrainingInput& input, const std::string& region,
                                        const std::vector<ReplicaLifetime>& lifetimes) const {
  MLENGINE_ASSIGN_OR_RETURN(const Bill bill, BillOf(*this, input, region));
  Amount used;
  for (const ReplicaLifetime& lifetime : lifetimes) {
    const auto each = bill.of_role.find(lifetime.role);
    // A clock set back ends no replica before its start.
    if (each == bill.of_role.end() || lifetime.end <= lifetime.start) continue;
    const double hours =
        static_cast<double>((lifetime.end - lifetime.start).count()) / kNanosecondsPerHour;
    used.units += each->second.units * hours;
    used.price += each->second.price * hours;
  }
  return Consumption{Cut(used.units, kCents), Rounded(used.price, kCents)};
}

std::string MoneyText(double money, const std::string& currency) {
  return FixedText(Rounded(money, kCents), 2) + " " + currency;
}

std::string RateText(const Rate& rate, const PriceList& list) {
  const double price = rate.price_per_hour;
  const bool small = price > 0 && price < kSmallRate;
  return (small ? FixedText(price, 4) + " " + list.currency : MoneyText(price, list.currency)) +
         "/h";
}

}  // namespace mlengine::policy
