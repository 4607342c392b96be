#include "scheduler/pool_room.h"

#include <algorithm>
#include <cstddef>

namespace mlengine::scheduler {
namespace {

// Marks all sums of up to `count` times `size` added to those that are reachable.
void AddSize(std::vector<bool>& reachable, int size, int count) {
  const auto room = static_cast<int>(reachable.size()) - 1;
  // Binary pieces of the count reach every multiple of it.
  for (int piece = 1; count > 0; piece *= 2) {
    const int times = std::min(piece, count);
    count -= times;
    const long long step = static_cast<long long>(times) * size;
    for (long long sum = room; sum >= step; --sum) {
      if (reachable[static_cast<std::size_t>(sum - step)])
        reachable[static_cast<std::size_t>(sum)] = true;
    }
  }
}

// What is left of `room` in the worst case, when any of the holders may still be there.
int LeastLeft(int room, const std::map<int, int>& sizes) {
  if (room <= 0) return 0;
  // While no size leaves a gap, every sum up to that of all so far can be reached.
  long long all = 0;
  auto next = sizes.begin();
  while (next != sizes.end() && next->first <= all + 1 && all < room) {
    all += static_cast<long long>(next->first) * next->second;
    ++next;
  }
  if (all >= room) return 0;
  std::vector<bool> reachable(static_cast<std::size_t>(room) + 1, false);
  std::fill_n(reachable.begin(), all + 1, true);
  for (; next != sizes.end() && next->first <= room; ++next) {
    AddSize(reachable, next->first, next->second);
    if (reachable.back()) return 0;
  }
  int most = room;
  while (!reachable[static_cast<std::size_t>(most)]) --most;
  return room - most;
}

void Count(std::map<int, int>& sizes, int size, int change) {
  if (size == 0) return;
  const auto entry = sizes.try_emplace(size, 0).first;
  entry->second += change;
  if (entry->second == 0) sizes.erase(entry);
}

}  // namespace

PoolRoom::PoolRoom(const std::vector<Node>& nodes) {
  for (const Node& shape : nodes) {
    const int node = static_cast<int>(nodes_.size());
    nodes_.push_back({shape, 0, 0});
    slots_ += shape.slots;
    gpus_ += shape.gpus;
    Change(node, shape.slots, shape.gpus);
  }
  used_slots_ = 0;
  used_gpus_ = 0;
}

// Adds to what is free on a node; negative figures take.
void PoolRoom::Change(int node, int slots, int gpus) {
  NodeRoom& room = nodes_[static_cast<std::size_t>(node)];
  open_.erase({room.shape.gpus > 0, node});
  by_gpus_.erase({room.gpus, node});
  room.slots += slots;
  room.gpus += gpus;
  used_slots_ -= slots;
  used_gpus_ -= gpus;
  if (room.slots <= 0) return;
  open_.insert({room.shape.gpus > 0, node});
  if (room.gpus > 0) by_gpus_.insert({room.gpus, node});
}

bool PoolRoom::CouldHold(const Demand& demand) const {
  if (demand.tpus > 0) return false;
  if (demand.gpus() == 0) return true;
  if (demand.slots() > slots_ || demand.gpus() > gpus_) return false;
  std::set<int> sizes;
  int replicas = 0;
  for (const ReplicaNeed& need : demand.replicas) {
    if (need.gpus == 0) continue;
    sizes.insert(need.gpus);
    replicas += need.replicas;
  }
  if (sizes.size() == 1) return replicas <= ReplicasWith(*sizes.begin());
  PoolRoom trial(Shapes());
  return trial.Take(demand).has_value();
}

// How many replicas with that many GPUs each the pool has room for when nothing runs.
int PoolRoom::ReplicasWith(int gpus) const {
  const auto known = replicas_with_.find(gpus);
  if (known != replicas_with_.end()) return known->second;
  int sum = 0;
  for (const NodeRoom& room : nodes_) sum += std::min(room.shape.slots, room.shape.gpus / gpus);
  return replicas_with_[gpus] = sum;
}

// Each replica on the node with the fewest free GPUs that are enough, so that the large nodes stay
// whole.
bool PoolRoom::PlaceWithGpus(const ReplicaNeed& need, Placement& placement) {
  for (int i = 0; i < need.replicas; ++i) {
    const auto found = by_gpus_.lower_bound({need.gpus, -1});
    if (found == by_gpus_.end()) return false;
    const int node = found->second;
    Change(node, -1, -need.gpus);
    placement.parts.push_back({node, 1, need.gpus});
  }
  return true;
}

bool PoolRoom::PlaceWithout(int replicas, std::optional<int> beside_gpus, Placement& placement) {
  auto next = open_.begin();
  while (replicas > 0) {
    if (next == open_.end()) return false;
    const int node = next->second;
    ++next;  // before the node may leave the set
    const NodeRoom& room = nodes_[static_cast<std::size_t>(node)];
    if (beside_gpus && room.shape.gpus >= *beside_gpus) continue;
    const int taken = std::min(replicas, room.slots);
    Change(node, -taken, 0);
    placement.parts.push_back({node, taken, 0});
    replicas -= taken;
  }
  return true;
}

std::optional<Placement> PoolRoom::TakeFrom(const Demand& demand, std::optional<int> beside_gpus) {
  if (demand.tpus > 0 || held_whole_ || demand.slots() > free_slots() ||
      demand.gpus() > free_gpus())
    return std::nullopt;
  std::vector<ReplicaNeed> needs = demand.replicas;
  std::ranges::sort(needs, std::ranges::greater(), &ReplicaNeed::gpus);
  Placement placement;
  for (const ReplicaNeed& need : needs) {
    const bool fits = need.gpus > 0 ? !beside_gpus && PlaceWithGpus(need, placement)
                                    : PlaceWithout(need.replicas, beside_gpus, placement);
    if (fits) continue;
    for (const Placement::Part& part : placement.parts) Change(part.node, part.slots, part.gpus);
    return std::nullopt;
  }
  Note(placement, 1);
  return placement;
}

std::optional<Placement> PoolRoom::Take(const Demand& demand) {
  if (demand.slots() <= slots_) return TakeFrom(demand, std::nullopt);
  if (demand.gpus() > 0 || demand.tpus > 0 || used_slots_ > 0 || held_whole_) return std::nullopt;
  held_whole_ = true;
  return Placement{{}, true};
}

std::optional<Placement> PoolRoom::TakeBeside(const Demand& demand, int gpus_each) {
  return TakeFrom(demand, gpus_each);
}

void PoolRoom::Hold(const Demand& demand) {
  if (demand.slots() > slots_) held_whole_ = true;
  const Placement placement{{{0, demand.slots(), demand.gpus()}}, false};
  Change(0, -demand.slots(), -demand.gpus());
  Note(placement, 1);
}

void PoolRoom::Release(const Placement& placement) {
  if (placement.whole_pool) held_whole_ = false;
  for (const Placement::Part& part : placement.parts) Change(part.node, part.slots, part.gpus);
  Note(placement, -1);
}

// Each as if a job held it: any of them may stay.
void PoolRoom::Quarantine(int node, int gpus) {
  gpus = std::min(gpus, nodes_[static_cast<std::size_t>(node)].gpus);
  if (gpus <= 0) return;
  Change(node, 0, -gpus);
  Count(gpu_sizes_, 1, gpus);
}

// Counts one job more or less of that size.
void PoolRoom::Note(const Placement& placement, int change) {
  int slots = 0;
  int gpus = 0;
  for (const Placement::Part& part : placement.parts) {
    slots += part.slots;
    gpus += part.gpus;
  }
  Count(slot_sizes_, slots, change);
  Count(gpu_sizes_, gpus, change);
}

PoolRoom::Spare PoolRoom::SpareBehind(const Demand& head) const {
  Spare spare;
  if (head.slots() > slots_ || held_whole_) return spare;
  spare.slots = LeastLeft(slots_ - head.slots(), slot_sizes_);
  // Replicas without GPUs fit wherever there are slots, and on one node so do all.
  if (head.gpus() == 0) {
    spare.gpus = gpus_;
  } else if (nodes_.size() == 1) {
    spare.gpus = LeastLeft(gpus_ - head.gpus(), gpu_sizes_);
  } else {
    // Which nodes come together for it is not known: it keeps all that it could use.
    spare = {};
    const auto least = std::ranges::min_element(head.replicas, {}, &ReplicaNeed::gpus);
    if (least->gpus > 0) spare.beside_gpus = least->gpus;
  }
  return spare;
}

std::vector<Node> PoolRoom::Shapes() const {
  std::vector<Node> shapes;
  for (const NodeRoom& room : nodes_) shapes.push_back(room.shape);
  return shapes;
}

}  // namespace mlengine::scheduler
