#include "scheduler/planner.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mlengine::scheduler {

void AccountRoom::SetLimits(const std::string& account, std::vector<std::int64_t> limits) {
  accounts_[account].limits = std::move(limits);
}

bool AccountRoom::Fits(const Demand& demand) const {
  const auto account = accounts_.find(demand.account);
  if (account == accounts_.end()) return true;
  const Quotas& quotas = account->second;
  for (std::size_t i = 0; i < std::min(demand.amounts.size(), quotas.limits.size()); ++i) {
    const std::int64_t used = i < quotas.used.size() ? quotas.used[i] : 0;
    if (quotas.limits[i] >= 0 && demand.amounts[i] > 0 &&
        used + demand.amounts[i] > quotas.limits[i])
      return false;
  }
  return true;
}

void AccountRoom::Take(const Demand& demand) {
  if (demand.amounts.empty()) return;
  std::vector<std::int64_t>& used = accounts_[demand.account].used;
  used.resize(std::max(used.size(), demand.amounts.size()), 0);
  for (std::size_t i = 0; i < demand.amounts.size(); ++i) used[i] += demand.amounts[i];
}

void AccountRoom::Release(const Demand& demand) {
  if (demand.amounts.empty()) return;
  std::vector<std::int64_t>& used = accounts_[demand.account].used;
  for (std::size_t i = 0; i < std::min(used.size(), demand.amounts.size()); ++i)
    used[i] -= demand.amounts[i];
}

namespace {

// Room for a job behind the head, out of what the head can spare; taken from `spare`.
std::optional<Placement> TakeSpare(const Demand& demand, PoolRoom& room, PoolRoom::Spare& spare) {
  if (demand.slots() > room.slots()) return std::nullopt;
  if (spare.beside_gpus) return room.TakeBeside(demand, *spare.beside_gpus);
  if (demand.slots() > spare.slots || demand.gpus() > spare.gpus) return std::nullopt;
  std::optional<Placement> placement = room.Take(demand);
  if (placement) {
    spare.slots -= demand.slots();
    spare.gpus -= demand.gpus();
  }
  return placement;
}

}  // namespace

std::vector<Admission> PlanAdmissions(const JobQueue& queue, PoolRoom& room,
                                      AccountRoom& accounts) {
  std::vector<Admission> admissions;
  std::optional<PoolRoom::Spare> spare;  // set: there is a head that waits
  std::size_t looked_at = 0;
  QueueWalk walk(queue);
  const auto none_to_spare = [&] { return spare && spare->slots <= 0 && !spare->beside_gpus; };
  while (!room.full() && !none_to_spare()) {
    const WaitingJob* job = walk.Next();
    if (job == nullptr || (spare && ++looked_at > kLookedAt)) break;
    const Demand& demand = job->demand;
    if (!accounts.Fits(demand)) {
      walk.LeaveAccount();
      continue;
    }
    std::optional<Placement> placement =
        spare ? TakeSpare(demand, room, *spare) : room.Take(demand);
    if (!placement) {
      if (!spare && room.CouldHold(demand)) spare = room.SpareBehind(demand);
      continue;
    }
    accounts.Take(demand);
    const bool alone = placement->whole_pool;
    admissions.push_back({job->key, alone, *std::move(placement)});
  }
  return admissions;
}

}  // namespace mlengine::scheduler
