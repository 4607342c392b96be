#include "policy/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::TrainingInput;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Composition(const TrainingInput& input) {
  std::vector<std::string> out;
  for (const ReplicaGroup& group : ClusterOf(input)) {
    out.push_back(std::to_string(group.count) + " " + group.role + " " + group.machine.name);
  }
  return out;
}

TrainingInput Tier(TrainingInput::ScaleTier tier) {
  TrainingInput input;
  input.set_scale_tier(tier);
  return input;
}

TrainingInput Custom(const std::string& master = "standard") {
  TrainingInput input = Tier(TrainingInput::CUSTOM);
  input.set_master_type(master);
  return input;
}

TEST(ClusterTest, EveryTierHasItsComposition) {
  EXPECT_THAT(Composition(TrainingInput()), ElementsAre("1 master standard"));
  EXPECT_THAT(Composition(Tier(TrainingInput::BASIC)), ElementsAre("1 master standard"));
  EXPECT_THAT(Composition(Tier(TrainingInput::STANDARD_1)),
              ElementsAre("1 master complex_model_s", "4 worker complex_model_s", "3 ps standard"));
  EXPECT_THAT(
      Composition(Tier(TrainingInput::PREMIUM_1)),
      ElementsAre("1 master complex_model_m", "19 worker complex_model_m", "11 ps large_model"));
  EXPECT_THAT(Composition(Tier(TrainingInput::BASIC_GPU)), ElementsAre("1 master standard_gpu"));
  EXPECT_THAT(Composition(Tier(TrainingInput::BASIC_TPU)),
              ElementsAre("1 master standard", "1 worker cloud_tpu"));
  EXPECT_EQ(ReplicaCount(Tier(TrainingInput::STANDARD_1)), 8);
  EXPECT_EQ(ReplicaCount(Tier(TrainingInput::PREMIUM_1)), 31);
}

TEST(ClusterTest, CustomIsWhatItSays) {
  TrainingInput input = Custom("complex_model_m");
  input.set_worker_type("complex_model_m");
  input.set_worker_count(9);
  input.set_parameter_server_type("large_model");
  input.set_parameter_server_count(3);
  EXPECT_THAT(Composition(input), ElementsAre("1 master complex_model_m",
                                              "9 worker complex_model_m", "3 ps large_model"));
  EXPECT_EQ(ReplicaCount(input), 13);
  input.set_parameter_server_count(0);
  input.set_evaluator_type("standard");
  input.set_evaluator_count(1);
  EXPECT_THAT(Composition(input), ElementsAre("1 master complex_model_m",
                                              "9 worker complex_model_m", "1 evaluator standard"));
  EXPECT_EQ(MachineOf(input, "worker").memory_bytes, 14'400'000'000);
}

TEST(ClusterTest, MachineTypesHaveTheirSizes) {
  const std::vector<std::tuple<std::string, int, std::int64_t, int>> table = {
      {"standard", 4, 15'000'000'000, 0},
      {"complex_model_s", 8, 7'200'000'000, 0},
      {"complex_model_l_gpu", 32, 120'000'000'000, 8},
      {"n1-standard-4", 4, 15'000'000'000, 0},
      {"n1-highmem-2", 2, 13'000'000'000, 0},
      {"n1-highcpu-96", 96, 86'400'000'000, 0},
      {"c2-standard-60", 60, 240'000'000'000, 0},
      {"a2-highgpu-4g", 48, 340'000'000'000, 4},
  };
  for (const auto& [name, vcpus, memory, gpus] : table) {
    const std::optional<MachineType> machine = FindMachineType(name);
    ASSERT_TRUE(machine) << name;
    EXPECT_EQ(machine->vcpus, vcpus) << name;
    EXPECT_EQ(machine->memory_bytes, memory) << name;
    EXPECT_EQ(machine->accelerators, gpus) << name;
  }
  for (const char* none : {"", "n1-standard-5", "n1-standard-", "huge", "STANDARD"})
    EXPECT_FALSE(FindMachineType(none)) << none;
}

// What CheckCluster says, one "field: description" each.
std::vector<std::string> Wrong(const TrainingInput& input) {
  Violations wrong;
  CheckCluster(input, wrong);
  std::vector<std::string> out;
  const Status status = wrong.ToStatus();
  for (const FieldViolation& one : status.violations())
    out.push_back(one.field + ": " + one.description);
  return out;
}

void Accelerate(ml::v1::ReplicaConfig* config, AcceleratorConfig::Type type, int count) {
  config->mutable_accelerator_config()->set_type(type);
  config->mutable_accelerator_config()->set_count(count);
}

TEST(ClusterCheckTest, WhatMayRunIsNotRefused) {
  EXPECT_THAT(Wrong(TrainingInput()), IsEmpty());
  EXPECT_THAT(Wrong(Tier(TrainingInput::STANDARD_1)), IsEmpty());
  EXPECT_THAT(Wrong(Tier(TrainingInput::PREMIUM_1)), IsEmpty());
  TrainingInput input = Custom("n1-highcpu-16");
  input.set_worker_type("n1-standard-8");
  input.set_worker_count(2);
  EXPECT_THAT(Wrong(input), IsEmpty());
  input.set_parameter_server_count(0);
  input.set_worker_count(kReplicaLimit - 1);
  EXPECT_THAT(Wrong(input), IsEmpty());
}

TEST(ClusterCheckTest, EveryRuleNamesItsField) {
  constexpr auto kT4 = AcceleratorConfig::NVIDIA_TESLA_T4;
  struct Case {
    std::function<void(TrainingInput&)> change;
    std::string field;
    std::string text;
  };
  const std::vector<Case> table = {
      {[](TrainingInput& t) { t.set_master_type(""); }, "master_type", "required"},
      {[](TrainingInput& t) { t.set_worker_count(2); }, "worker_type", "required"},
      {[](TrainingInput& t) { t.set_parameter_server_count(1); }, "parameter_server_type",
       "parameter servers is required"},
      {[](TrainingInput& t) { t.set_evaluator_count(1); }, "evaluator_type", "required"},
      {[](TrainingInput& t) { t.set_worker_count(-1); }, "worker_count", "negative"},
      {[](TrainingInput& t) {
         t.set_worker_type("standard");
         t.set_worker_count(kReplicaLimit);
       },
       "worker_count", "at most 1000"},
      {[](TrainingInput& t) { t.set_master_type("complex_model"); }, "master_type",
       "did you mean complex_model_s?"},
      {[](TrainingInput& t) { t.set_master_type("zzzzzzzz"); }, "master_type", "such are standard"},
      {[](TrainingInput& t) {
         t.set_worker_type("n1-standard-4");
         t.set_worker_count(1);
       },
       "worker_type", "all machine types of a job must be of the same kind"},
      {[](TrainingInput& t) { Accelerate(t.mutable_master_config(), kT4, 1); },
       "master_config.accelerator_config.type", "Compute Engine machine types only"},
      {[](TrainingInput& t) {
         t.set_master_type("n1-standard-4");
         Accelerate(t.mutable_master_config(), kT4, 3);
       },
       "master_config.accelerator_config.count", "1, 2, 4 of NVIDIA_TESLA_T4, not 3"},
      {[](TrainingInput& t) {
         t.set_master_type("n1-standard-96");
         Accelerate(t.mutable_master_config(), kT4, 2);
       },
       "master_config.accelerator_config.count", "at most 48 virtual CPUs"},
      {[](TrainingInput& t) {
         t.set_master_type("c2-standard-4");
         Accelerate(t.mutable_master_config(), kT4, 1);
       },
       "master_config.accelerator_config.count", "cannot be added"},
      {[](TrainingInput& t) {
         t.set_master_type("n1-standard-4");
         t.mutable_master_config()->mutable_accelerator_config()->set_count(1);
       },
       "master_config.accelerator_config.type", "required"},
      {[](TrainingInput& t) {
         t.set_master_type("n1-standard-4");
         Accelerate(t.mutable_master_config(), kT4, -1);
       },
       "master_config.accelerator_config.count", "at least 1"},
      {[](TrainingInput& t) { t.set_scale_tier(TrainingInput::STANDARD_1); }, "master_type",
       "with scale tier CUSTOM only, not with STANDARD_1"},
      {[](TrainingInput& t) {
         t = TrainingInput();
         t.set_worker_count(2);
       },
       "worker_count", "CUSTOM only, not with BASIC"},
      {[](TrainingInput& t) {
         t = TrainingInput();
         Accelerate(t.mutable_worker_config(), kT4, 1);
       },
       "worker_config.accelerator_config", "CUSTOM only"},
      {[](TrainingInput& t) { t.set_scale_tier(static_cast<TrainingInput::ScaleTier>(77)); },
       "scale_tier", "not known"},
  };
  for (const Case& one : table) {
    TrainingInput input = Custom();
    one.change(input);
    const std::vector<std::string> wrong = Wrong(input);
    ASSERT_THAT(wrong, SizeIs(1)) << one.field << " " << one.text;
    EXPECT_THAT(wrong[0], HasSubstr("job.training_input." + one.field + ": "));
    EXPECT_THAT(wrong[0], HasSubstr(one.text));
  }
}

TEST(ClusterCheckTest, AcceleratorsMayBeAskedFor) {
  for (const auto tier : {TrainingInput::BASIC_GPU, TrainingInput::BASIC_TPU})
    EXPECT_THAT(Wrong(Tier(tier)), ::testing::IsEmpty());
  TrainingInput input = Custom("standard_p100");
  input.set_parameter_server_type("standard_gpu");
  input.set_parameter_server_count(1);
  EXPECT_THAT(Wrong(input), ::testing::IsEmpty());
  EXPECT_EQ(GpusOf(MachineOf(input, "ps")), 1);
  EXPECT_EQ(TpusOf(MachineOf(Tier(TrainingInput::BASIC_TPU), "worker")), 8);
  EXPECT_EQ(GpusOf(MachineOf(Tier(TrainingInput::BASIC_TPU), "worker")), 0);
}

TEST(ClusterCheckTest, AllIsToldAtOnce) {
  TrainingInput input = Custom("");
  input.set_worker_count(2);
  input.set_parameter_server_type("larg_model");
  input.set_parameter_server_count(-1);
  EXPECT_THAT(Wrong(input), SizeIs(4));
}

}  // namespace
}  // namespace mlengine::policy
