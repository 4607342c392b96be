#include "insight/health_hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace mlengine::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kStart = 1'000'000;
constexpr HintLimits kLimits;

// A job of one replica that has run for 20 minutes, computes and writes lines.
HealthFacts Healthy() {
  HealthFacts facts;
  facts.running_since = kStart;
  facts.now = kStart + 1200;
  facts.cores = 4;
  facts.last_line_at = facts.now - 5;
  facts.replicas = {{.task = "master-replica-0", .covered_seconds = 598, .cores = 1, .io_rate = 0}};
  return facts;
}

std::vector<std::string> Keys(const HealthFacts& facts) {
  std::vector<std::string> keys;
  for (const Hint& hint : HealthHints(facts, kLimits)) {
    keys.push_back(hint.key);
    EXPECT_TRUE(hint.text.ends_with(".")) << hint.text;
  }
  return keys;
}

struct Case {
  const char* what;
  std::function<void(HealthFacts&)> change;
  std::vector<std::string> keys;
};

void Silent(HealthFacts& facts) {
  facts.last_line_at = kStart + 10;
  facts.replicas[0].cores = 0.001;
}
void WithGpu(HealthFacts& facts, double duty, double peak) {
  facts.replicas[0].gpus = 1;
  facts.replicas[0].gpu_duty = duty;
  facts.replicas[0].gpu_peak = peak;
}
void Filling(HealthFacts& facts) {
  facts.disk = {.free_bytes = 40e9,
                .low_water = 4e9,
                .bytes_per_second = 10e6,
                .covered_seconds = 590,
                .by_this_job = true,
                .folder = "/data"};
}
void NoCheckpoint(HealthFacts& facts) {
  facts.running_since = kStart - 3600;
  facts.tells_steps = true;
  facts.checkpoints = {.folders = {"gs://b/j"}, .found = false};
}

TEST(HealthHintsTest, Table) {
  const std::vector<Case> cases = {
      {"a job that trains", [](HealthFacts&) {}, {}},
      {"no line, no CPU", Silent, {"silent"}},
      {"no line ever",
       [](HealthFacts& f) {
         Silent(f);
         f.last_line_at.reset();
       },
       {"silent"}},
      {"no line, but it computes",
       [](HealthFacts& f) {
         Silent(f);
         f.replicas[0].cores = 0.5;
       },
       {}},
      {"no line, but it downloads",
       [](HealthFacts& f) {
         Silent(f);
         f.replicas[0].io_rate = 1e6;
       },
       {}},
      {"no line, and its bytes are not known",
       [](HealthFacts& f) {
         Silent(f);
         f.replicas[0].io_rate.reset();
       },
       {}},
      {"a line some minutes ago",
       [](HealthFacts& f) {
         Silent(f);
         f.last_line_at = f.now - 300;
       },
       {}},
      {"it has only just begun",
       [](HealthFacts& f) {
         Silent(f);
         f.running_since = f.now - 300;
       },
       {}},
      {"samples of half the time only",
       [](HealthFacts& f) {
         Silent(f);
         f.replicas[0].covered_seconds = 300;
       },
       {}},
      {"one of two replicas was not seen",
       [](HealthFacts& f) {
         Silent(f);
         f.replica_count = 2;
       },
       {}},
      {"one of two replicas computes",
       [](HealthFacts& f) {
         Silent(f);
         f.replica_count = 2;
         f.replicas.push_back(f.replicas[0]);
         f.replicas[1].cores = 0.9;
       },
       {}},
      {"a GPU idles while the CPU does the rest",
       [](HealthFacts& f) { WithGpu(f, 1, 3); },
       {"gpu-idle"}},
      {"a GPU works", [](HealthFacts& f) { WithGpu(f, 60, 99); }, {}},
      {"a GPU is idle but for single steps", [](HealthFacts& f) { WithGpu(f, 2, 90); }, {}},
      {"the driver tells nothing", [](HealthFacts& f) { f.replicas[0].gpus = 1; }, {}},
      {"a GPU waits for four busy cores",
       [](HealthFacts& f) {
         WithGpu(f, 15, 80);
         f.replicas[0].cores = 3.8;
       },
       {"input-bound"}},
      {"a GPU half used, CPU with room", [](HealthFacts& f) { WithGpu(f, 15, 80); }, {}},
      {"silent and its GPU idle",
       [](HealthFacts& f) {
         Silent(f);
         WithGpu(f, 0, 0);
       },
       {"silent", "gpu-idle"}},
      {"the loss is NaN to the end",
       [](HealthFacts& f) { f.losses = {{"loss", "train", 120, 7}}; },
       {"loss-not-finite"}},
      {"two losses are one hint",
       [](HealthFacts& f) { f.losses = {{"loss", ".", 120, 7}, {"l2_loss", ".", 120, 7}}; },
       {"loss-not-finite"}},
      {"one value of a loss scaling",
       [](HealthFacts& f) { f.losses = {{"loss", "train", 120, 1}}; },
       {}},
      {"the disk is full in an hour", Filling, {"disk-filling"}},
      {"the disk fills by another's work",
       [](HealthFacts& f) {
         Filling(f);
         f.disk->by_this_job = false;
       },
       {}},
      {"the disk fills, with room for days",
       [](HealthFacts& f) {
         Filling(f);
         f.disk->free_bytes = 4e12;
       },
       {}},
      {"the disk gets emptier",
       [](HealthFacts& f) {
         Filling(f);
         f.disk->bytes_per_second = -5;
       },
       {}},
      {"an hour of training, no checkpoint", NoCheckpoint, {"no-checkpoint"}},
      {"an hour of something without steps",
       [](HealthFacts& f) {
         NoCheckpoint(f);
         f.tells_steps = false;
       },
       {}},
      {"there is a checkpoint",
       [](HealthFacts& f) {
         NoCheckpoint(f);
         f.checkpoints->found = true;
       },
       {}},
      {"nobody looked",
       [](HealthFacts& f) {
         NoCheckpoint(f);
         f.checkpoints.reset();
       },
       {}},
  };
  for (const Case& one : cases) {
    HealthFacts facts = Healthy();
    one.change(facts);
    EXPECT_EQ(Keys(facts), one.keys) << one.what;
  }
}

TEST(HealthHintsTest, WhatIsSaid) {
  HealthFacts facts = Healthy();
  facts.losses = {{"loss", "train", 120, 7}};
  EXPECT_THAT(HealthHints(facts, kLimits)[0].text,
              testing::StartsWith("The training diverged: loss (train) is NaN or infinite since "
                                  "step 120, so what comes after is lost work."));
  facts = Healthy();
  Silent(facts);
  EXPECT_THAT(HealthHints(facts, kLimits)[0].text,
              testing::StartsWith("The job does nothing: its program has written no line and used "
                                  "no CPU for 10 min."));
}

TEST(HealthHintsTest, Losses) {
  for (const char* tag : {"loss", "train/Loss", "total_loss_1", "epoch_loss", "cost"})
    EXPECT_TRUE(IsLoss(tag)) << tag;
  for (const char* tag : {"accuracy", "loss_scale", "val_loss", "glossy_count", "learning_rate"})
    EXPECT_FALSE(IsLoss(tag)) << tag;
}

TEST(HealthHintsTest, Checkpoints) {
  for (const char* path : {"model.ckpt-100.index", "train/ckpt-3.data-00000-of-00001", "a/b.pt",
                           "best.keras", "weights.h5", "checkpoint-500/optimizer.bin", "checkpoint",
                           "export/saved_model.pb", "epoch=3.ckpt", "model.safetensors"})
    EXPECT_TRUE(IsCheckpoint(path)) << path;
  for (const char* path : {"events.out.tfevents.1", "train/log.txt", "graph.pbtxt", "data.csv"})
    EXPECT_FALSE(IsCheckpoint(path)) << path;
}

}  // namespace
}  // namespace mlengine::insight
