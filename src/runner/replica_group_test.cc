#include "runner/replica_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"

namespace mlengine::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::LaunchSpec Spec() {
  v1::LaunchSpec spec;
  spec.set_launch_token("0123456789abcdef0123456789abcdef");
  spec.set_role("worker");
  spec.set_index(2);
  spec.mutable_limits()->set_memory_bytes(1000);
  spec.mutable_limits()->set_pids(50);
  spec.mutable_limits()->set_output_bytes(7);
  return spec;
}

// A tree of folders as version 2 shows it; the limits are plain files.
class ReplicaGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    File("own", "0::/\n");
    File("cgroup/cgroup.controllers", "memory pids");
    File("cgroup/cgroup.procs", "");
    File("cgroup/cgroup.subtree_control", "memory pids");
    for (const char* file : {"memory.max", "cgroup.procs", "cgroup.kill"}) File(group_ + file, "");
  }
  void File(const std::string& path, const std::string& text) {
    const std::string whole = dir_ / path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole) << text;
  }

  TempDir dir_;
  const ControlGroup::Places places_{dir_ / "cgroup", dir_ / "own"};
  const std::string group_ =
      "cgroup/mlengine-" + std::to_string(::getpid()) + "-0123456789abcdef.worker-2.0/";
};

TEST_F(ReplicaGroupTest, SaysWhoKeepsWhichLimit) {
  v1::StatusRecord record;
  const ReplicaGroup group(Spec(), places_, record);
  EXPECT_EQ(
      group.Sentence(),
      "Limits: 1000 bytes of memory, kept by a cgroup of version 2; 50 processes and threads, "
      "watched by the runner; 7 bytes of output, watched by the runner; no core files.");
  EXPECT_FALSE(group.watches_memory());
  EXPECT_TRUE(group.watches_tasks());
  EXPECT_THAT(record.control_groups(), ElementsAre(dir_ / group_.substr(0, group_.size() - 1)));
}

TEST_F(ReplicaGroupTest, WhereNoneMayBeMadeTheRunnerWatchesAll) {
  File("own", "");
  v1::StatusRecord record;
  ReplicaGroup group(Spec(), places_, record);
  EXPECT_THAT(group.Sentence(), HasSubstr("1000 bytes of memory, watched by the runner; 50"));
  EXPECT_THAT(group.Sentence(), HasSubstr("No cgroup keeps them: no cgroup may be made"));
  EXPECT_TRUE(group.watches_memory());
  EXPECT_TRUE(group.Kill());
  EXPECT_THAT(record.control_groups(), IsEmpty());
}

}  // namespace
}  // namespace mlengine::runner
