#include "runner/resource_sampler.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/testing/temp_dir.h"
#include "model/sample_codec.h"

namespace mlengine::runner {
namespace {

using model::ResourceSample;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Real processes of /usr/bin/python3, without a cgroup: they are found as children of this process.
class ResourceSamplerTest : public testing::Test {
 protected:
  void SetUp() override {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    spec_.set_replica_dir(folder_.path());
    spec_.set_restart(3);
    out_.reset(::open((folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }
  void TearDown() override {
    EndAll();
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  void EndAll() {
    const auto until = steady_clock::now() + seconds(20);
    while (!program_.KillAll() && steady_clock::now() < until)
      std::this_thread::sleep_for(milliseconds(1));
  }
  void Start(ResourceSampler& sampler, const std::string& python) {
    const Status started = program_.Start({.words = {"/usr/bin/python3", "-c", python},
                                           .environment = {{"PATH", "/usr/bin:/bin"}},
                                           .folder = folder_.path(),
                                           .stdout_fd = out_.get(),
                                           .stderr_fd = out_.get()});
    ASSERT_TRUE(started.ok()) << started.ToString();
    sampler.Begin(program_, group_);
  }
  // Looks as the runner does until `enough`, or until the program has ended.
  void LookUntil(ResourceSampler& sampler, const std::function<bool()>& enough) {
    const auto until = steady_clock::now() + seconds(60);
    while (!program_.End() && steady_clock::now() < until) {
      sampler.Look(program_, group_);
      if (enough()) break;
      std::this_thread::sleep_for(milliseconds(10));
    }
    ASSERT_LT(steady_clock::now(), until) << Output();
  }
  // The program has printed this word; "": it has ended.
  void LookUntil(ResourceSampler& sampler, const std::string& word) {
    LookUntil(sampler, [&] { return !word.empty() && Output().find(word) != std::string::npos; });
  }
  std::string Output() { return *RealFileSystem().Read(folder_ / "out"); }
  std::vector<ResourceSample> Samples() {
    std::vector<ResourceSample> out;
    model::SampleReader reader;
    const Result<std::string> bytes = RealFileSystem().Read(folder_ / "samples-3");
    EXPECT_TRUE(bytes.ok());
    EXPECT_TRUE(reader.Add(*bytes, [&](const ResourceSample& one) { out.push_back(one); }).ok());
    EXPECT_EQ(reader.damaged_bytes(), 0U);
    return out;
  }

  const TempDir folder_;
  v1::LaunchSpec spec_;
  v1::StatusRecord record_;
  UniqueFd out_;
  Program program_;
  ReplicaGroup group_{v1::LaunchSpec(), {folder_ / "none", folder_ / "none"}, record_};
};

TEST_F(ResourceSamplerTest, SeesWhatAProgramUsed) {
  ResourceSampler sampler(RealFileSystem(), SystemClock(), spec_);
  // A child that has ended and was waited for, one that goes on, and what they wrote.
  Start(sampler, R"py(
import os, socket, threading, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
if os.fork() == 0:
    burn(0.5); os._exit(0)
os.wait()
held = b"x" * (200 << 20)
with open("file", "wb") as f:
    f.write(os.urandom(8 << 20)); f.flush(); os.fsync(f.fileno())
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
other, _ = server.accept()
threading.Thread(target=client.sendall, args=(b"y" * 5_000_000,)).start()
got = 0
while got < 5_000_000: got += len(other.recv(1 << 20))
if os.fork() == 0:
    burn(0.3); print("burnt", flush=True); time.sleep(1000)
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
burn(0.4)
print("held", flush=True)
time.sleep(1000)
)py");
  LookUntil(sampler, "held");
  LookUntil(sampler, "burnt");
  sampler.End(program_, group_);
  EndAll();
  v1::ResourceUse use;
  sampler.Sum(program_, use);
  const double cpu = static_cast<double>(use.cpu_user_ns() + use.cpu_system_ns()) / 1e9;
  EXPECT_GE(cpu, 1.15);
  EXPECT_LE(cpu, 4) << "with the start of Python and 200 MiB of memory";
  EXPECT_GE(use.peak_memory_bytes(), 200 << 20);
  EXPECT_LE(use.peak_memory_bytes(), 300 << 20) << "what two processes share counts once";
  EXPECT_EQ(use.peak_processes(), 2);
  EXPECT_EQ(use.peak_threads(), 3);
  EXPECT_GE(use.network().loopback_received_bytes(), 5'000'000);
  EXPECT_LE(use.network().loopback_received_bytes(), 5'000'100);
  EXPECT_EQ(use.network().received_bytes(), 0);
  EXPECT_FALSE(use.network().of_host());
  if (use.has_disk() && use.disk().written_bytes() > 0) {  // no block device below a tmpfs
    EXPECT_GE(use.disk().written_bytes(), 8 << 20);
    EXPECT_LE(use.disk().written_bytes(), 12 << 20);
  }
  const std::vector<ResourceSample> samples = Samples();
  ASSERT_GE(samples.size(), 2U);
  EXPECT_LT(samples.front().elapsed, seconds(1));
  EXPECT_EQ(samples.back().elapsed.count(), use.wall_ms());
  EXPECT_EQ(samples.back(), [&] {
    ResourceSample newest = sampler.newest();
    newest.time = samples.back().time;
    return newest;
  }());
  for (std::size_t i = 1; i < samples.size(); ++i) {
    EXPECT_GE(samples[i].cpu(), samples[i - 1].cpu());
    EXPECT_GE(samples[i].disk->written_bytes, samples[i - 1].disk->written_bytes);
  }
}

TEST_F(ResourceSamplerTest, WhatEndedIsInTheSums) {
  ResourceSampler sampler(RealFileSystem(), SystemClock(), spec_);
  // Grandchildren that outlive their parent are the runner's to wait for.
  Start(sampler, R"py(
import os, time
for i in range(5):
    if os.fork() == 0:
        if os.fork() == 0:
            end = time.process_time() + 0.2
            while time.process_time() < end: pass
            open("done-%d" % i, "w").close()
        os._exit(0)
    os.wait()
while not all(os.path.exists("done-%d" % i) for i in range(5)): time.sleep(0.05)
)py");
  LookUntil(sampler, "");
  sampler.End(program_, group_);
  EndAll();
  v1::ResourceUse use;
  sampler.Sum(program_, use);
  EXPECT_GE(use.cpu_user_ns() + use.cpu_system_ns(), 1'000'000'000);
  EXPECT_EQ(use.cpu_user_ns() + use.cpu_system_ns(),
            std::max<std::int64_t>(program_.cpu_ns(), use.cpu_user_ns() + use.cpu_system_ns()));
}

TEST_F(ResourceSamplerTest, TakesLittleWithTenProcesses) {
  ResourceSampler sampler(RealFileSystem(), SystemClock(), spec_);
  Start(sampler, R"py(
import os, threading, time
held = b"x" * (20 << 20)
for i in range(9):
    if os.fork() == 0: break
for i in range(10): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
time.sleep(6)
)py");
  const auto begun = steady_clock::now();
  LookUntil(sampler, "");
  const auto took = std::chrono::duration<double>(steady_clock::now() - begun).count();
  const double share = std::chrono::duration<double>(sampler.own_cpu()).count() / took;
  RecordProperty("looks", sampler.looks());
  RecordProperty("share", std::to_string(share));
  std::printf("%d looks in %.1f s: %.3f %% of a CPU\n", sampler.looks(), took, share * 100);
  EXPECT_GE(sampler.looks(), 2);  // three of six seconds, where the machine is its own
  EXPECT_LE(share, 0.02) << "half a percent, and this build is some times slower";
}

TEST_F(ResourceSamplerTest, GpusAreInTheSamplesAndNvidiaSmiIsNot) {
  const std::string script = folder_ / "nvidia-smi";
  std::ofstream(script) << "#!/bin/sh\nwhile :; do echo 'GPU-a, 80, 1000'; sleep 0.1; done\n";
  ::chmod(script.c_str(), 0755);
  spec_.mutable_gpus()->set_nvidia_smi(script);
  spec_.mutable_gpus()->add_uuids("GPU-a");
  ResourceSampler sampler(RealFileSystem(), SystemClock(), spec_);
  Start(sampler, "import time; time.sleep(1000)");
  const std::vector<model::GpuSample> told = {{80, std::int64_t{1000} << 20}};
  LookUntil(sampler, [&] {
    const std::vector<ResourceSample> samples = Samples();
    return !samples.empty() && samples.back().gpus == told;
  });
  sampler.End(program_, group_);
  EndAll();
  EXPECT_TRUE(ChildrenOf(::getpid()).empty());
  v1::ResourceUse use;
  sampler.Sum(program_, use);
  EXPECT_EQ(use.peak_processes(), 1);
  ASSERT_EQ(use.gpus_size(), 1);
  EXPECT_TRUE(use.gpus(0).was_seen());
  EXPECT_EQ(use.gpus(0).uuid(), "GPU-a");
  EXPECT_EQ(use.gpus(0).mean_duty_percent(), 80);
  EXPECT_EQ(use.gpus(0).peak_memory_bytes(), std::int64_t{1000} << 20);
  EXPECT_EQ(Samples().back().gpus, told);
}

TEST_F(ResourceSamplerTest, AFileThatCannotBeMadeIsNoHarm) {
  spec_.set_replica_dir(folder_ / "absent");
  ResourceSampler sampler(RealFileSystem(), SystemClock(), spec_);
  Start(sampler, "import time; time.sleep(0.2)");
  LookUntil(sampler, "");
  sampler.End(program_, group_);
  EXPECT_GE(sampler.looks(), 1);
}

}  // namespace
}  // namespace mlengine::runner
