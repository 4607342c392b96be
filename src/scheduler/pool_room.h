// PoolRoom: the nodes of a pool and what is free on them. A replica takes one slot and, when it
// needs some, whole GPUs, all on one node; a job takes all its replicas' room or none. Values only;
// for one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "scheduler/demand.h"

namespace mlengine::scheduler {

struct Node {
  int slots = 0;
  int gpus = 0;
};

// What one job holds: on which node how many of its replicas, in the order of the demand's groups.
struct Placement {
  struct Part {
    int node = 0;
    int slots = 0;
    int gpus = 0;
  };
  std::vector<Part> parts;
  // The job has more replicas than the pool has slots: it has the pool to itself.
  bool whole_pool = false;
};

class PoolRoom {
 public:
  explicit PoolRoom(const std::vector<Node>& nodes);

  int slots() const { return slots_; }
  int gpus() const { return gpus_; }
  int free_slots() const { return slots_ - used_slots_; }
  int free_gpus() const { return gpus_ - used_gpus_; }
  bool full() const { return held_whole_ || free_slots() <= 0; }

  // Whether the job could start if nothing else ran. One with more replicas than there are slots
  // can, when it needs no GPU: its replicas then share the nodes' time.
  bool CouldHold(const Demand& demand) const;
  // Takes the room of a job that may start now; nothing when it does not fit.
  std::optional<Placement> Take(const Demand& demand);
  // As Take, but only on nodes that a replica with that many GPUs could not use.
  std::optional<Placement> TakeBeside(const Demand& demand, int gpus_each);
  // Of a job that runs already on the first node, whether there is room for it or not: for pools of
  // one node, where a placement says nothing that must be kept.
  void Hold(const Demand& demand);
  void Release(const Placement& placement);
  // GPUs that are free and yet nobody's to take, until nobody knows when.
  void Quarantine(int node, int gpus);

  // What a job behind the head may take at most, so that the head never starts later for it however
  // the jobs that hold room end.
  struct Spare {
    int slots = 0;
    int gpus = 0;
    // Set: only nodes that a replica with that many GPUs could not use; the figures above do not
    // count then.
    std::optional<int> beside_gpus;
  };
  Spare SpareBehind(const Demand& head) const;

 private:
  struct NodeRoom {
    Node shape;
    int slots = 0;  // free
    int gpus = 0;
  };
  using Usable = std::pair<bool, int>;  // has GPUs, node: those without are taken first

  void Change(int node, int slots, int gpus);
  bool PlaceWithGpus(const ReplicaNeed& need, Placement& placement);
  bool PlaceWithout(int replicas, std::optional<int> beside_gpus, Placement& placement);
  std::optional<Placement> TakeFrom(const Demand& demand, std::optional<int> beside_gpus);
  void Note(const Placement& placement, int change);
  std::vector<Node> Shapes() const;
  int ReplicasWith(int gpus) const;

  std::vector<NodeRoom> nodes_;
  int slots_ = 0;
  int gpus_ = 0;
  int used_slots_ = 0;
  int used_gpus_ = 0;
  std::set<Usable> open_;                  // nodes with a free slot
  std::set<std::pair<int, int>> by_gpus_;  // free GPUs, node: those with a free slot and a free GPU
  // How many jobs hold so many slots, so many GPUs.
  std::map<int, int> slot_sizes_;
  std::map<int, int> gpu_sizes_;
  bool held_whole_ = false;
  mutable std::map<int, int> replicas_with_;  // by GPUs each; of the empty pool
};

}  // namespace mlengine::scheduler
