#include "scheduler/pool_room.h"

#include <gtest/gtest.h>

#include <random>

namespace mlengine::scheduler {
namespace {

TEST(PoolRoomTest, TakesAllOrNothing) {
  PoolRoom room({{4, 2}, {4, 2}});
  // The second replica with two GPUs fits, the third does not.
  EXPECT_FALSE(room.Take({.replicas = {{3, 2}}}));
  EXPECT_EQ(room.free_slots(), 8);
  EXPECT_EQ(room.free_gpus(), 4);
  const auto placement = room.Take({.replicas = {{1, 0}, {2, 2}}});
  ASSERT_TRUE(placement);
  EXPECT_EQ(room.free_slots(), 5);
  EXPECT_EQ(room.free_gpus(), 0);
  room.Release(*placement);
  EXPECT_EQ(room.free_slots(), 8);
  EXPECT_EQ(room.free_gpus(), 4);
}

TEST(PoolRoomTest, ReplicasWithoutGpusGoWhereThereAreNone) {
  PoolRoom room({{2, 2}, {2, 0}});
  const auto placement = room.Take({.replicas = {{2, 0}}});
  ASSERT_TRUE(placement);
  ASSERT_EQ(placement->parts.size(), 1U);
  EXPECT_EQ(placement->parts[0].node, 1);
}

TEST(PoolRoomTest, SmallNeedsGoToTheNodeWithTheFewestFreeGpus) {
  PoolRoom room({{8, 8}, {8, 1}});
  const auto placement = room.Take({.replicas = {{1, 1}}});
  ASSERT_TRUE(placement);
  EXPECT_EQ(placement->parts[0].node, 1);
  EXPECT_TRUE(room.Take({.replicas = {{1, 8}}}));
}

TEST(PoolRoomTest, ToldWhatItCouldNeverHold) {
  const PoolRoom room({{4, 2}, {4, 1}});
  EXPECT_TRUE(room.CouldHold({.replicas = {{100, 0}}})) << "it runs alone";
  EXPECT_TRUE(room.CouldHold({.replicas = {{1, 2}, {1, 1}}}));
  EXPECT_TRUE(room.CouldHold({.replicas = {{3, 1}}}));
  EXPECT_FALSE(room.CouldHold({.replicas = {{4, 1}}}));
  EXPECT_FALSE(room.CouldHold({.replicas = {{1, 3}}}));
  EXPECT_FALSE(room.CouldHold({.replicas = {{2, 2}}})) << "of the second node only one GPU";
  EXPECT_FALSE(room.CouldHold({.replicas = {{8, 0}, {1, 1}}})) << "GPUs are never shared";
  EXPECT_FALSE(room.CouldHold({.replicas = {{1, 0}}, .tpus = 8}));
}

TEST(PoolRoomTest, AGpuInQuarantineIsNobodysAndStillOfThePool) {
  PoolRoom room({{4, 2}});
  room.Quarantine(0, 1);
  EXPECT_EQ(room.free_gpus(), 1);
  EXPECT_EQ(room.free_slots(), 4);
  EXPECT_TRUE(room.CouldHold({.replicas = {{2, 1}}})) << "it waits, and is not refused";
  EXPECT_FALSE(room.Take({.replicas = {{2, 1}}}));
  // A head that needs both: who takes the other one could make it wait longer.
  EXPECT_EQ(room.SpareBehind({.replicas = {{2, 1}}}).gpus, 0);
  EXPECT_TRUE(room.Take({.replicas = {{1, 1}}}));
  room.Quarantine(0, 5);
  EXPECT_EQ(room.free_gpus(), 0);
}

TEST(PoolRoomTest, AJobLargerThanThePoolHasItAlone) {
  PoolRoom room({{2, 1}});
  const auto placement = room.Take({.replicas = {{3, 0}}});
  ASSERT_TRUE(placement);
  EXPECT_TRUE(placement->whole_pool);
  EXPECT_TRUE(room.full());
  EXPECT_FALSE(room.Take({.replicas = {{1, 0}}}));
  room.Release(*placement);
  EXPECT_TRUE(room.Take({.replicas = {{1, 0}}}));
  EXPECT_FALSE(room.Take({.replicas = {{3, 0}}}));
}

// Random gangs taken and released: never more than there is, on any node.
TEST(PoolRoomPropertyTest, NeverOvercommits) {
  std::mt19937 random(3);
  const auto up_to = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Node> nodes;
    for (int i = 0; i < 1 + up_to(6); ++i) nodes.push_back({1 + up_to(8), up_to(5)});
    PoolRoom room(nodes);
    std::vector<Placement> held;
    int taken = 0;
    for (int i = 0; i < 100; ++i) {
      if (!held.empty() && up_to(3) == 0) {
        const auto victim = held.begin() + up_to(static_cast<int>(held.size()));
        room.Release(*victim);
        held.erase(victim);
      }
      const Demand demand{.replicas = {{1 + up_to(3), up_to(3)}, {up_to(4), up_to(2)}}};
      if (demand.slots() > room.slots()) continue;
      const auto placement = room.Take(demand);
      if (!placement) continue;
      ++taken;
      held.push_back(*placement);
      std::vector<Node> used(nodes.size());
      int slots = 0;
      int gpus = 0;
      for (const Placement& one : held) {
        for (const Placement::Part& part : one.parts) {
          used[static_cast<std::size_t>(part.node)].slots += part.slots;
          used[static_cast<std::size_t>(part.node)].gpus += part.gpus;
          slots += part.slots;
          gpus += part.gpus;
        }
      }
      for (std::size_t n = 0; n < nodes.size(); ++n) {
        ASSERT_LE(used[n].slots, nodes[n].slots);
        ASSERT_LE(used[n].gpus, nodes[n].gpus);
      }
      ASSERT_EQ(room.free_slots(), room.slots() - slots);
      ASSERT_EQ(room.free_gpus(), room.gpus() - gpus);
    }
    ASSERT_GT(taken, 0);
    for (const Placement& one : held) room.Release(one);
    ASSERT_EQ(room.free_slots(), room.slots());
    ASSERT_EQ(room.free_gpus(), room.gpus());
  }
}

}  // namespace
}  // namespace mlengine::scheduler
