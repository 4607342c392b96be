// LocalReplicas: a fixture that runs replicas through the local executor, the real runner and the
// machine's Python, in a temporary folder. It waits for what it wants to see by the executor's
// hints.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/boot_id.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/process.h"
#include "base/testing/temp_dir.h"
#include "executor/local/local_executor.h"
#include "model/replica_folder.h"

namespace mlengine::executor {

class LocalReplicas : public ::testing::Test {
 protected:
  using Liveness = ReplicaStatus::Liveness;
  static constexpr std::chrono::seconds kPatience{90};

  void SetUp() override { NewExecutor(); }
  void TearDown() override {
    for (const ReplicaId& id : launched_) {
      EXPECT_TRUE(executor_->Stop(id).ok());
      Await(id, [](const ReplicaStatus& s) { return s.liveness != Liveness::kAlive; });
    }
  }

  // As a server that was started again.
  void NewExecutor() {
    executor_.reset();
    Result<std::unique_ptr<Executor>> made = NewLocalExecutor(
        {.runner_program = MLENGINE_RUNNER, .jobs_dir = dir_ / "jobs", .slots = 0});
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    executor_ = *std::move(made);
    executor_->SetChangeHint([this] {
      const std::lock_guard lock(mutex_);
      ++hints_;
      hinted_.notify_all();
    });
  }

  // An sdist-like archive of `files` (paths without the top folder).
  std::string MakePackage(const std::string& name,
                          const std::map<std::string, std::string>& files) {
    const std::string top = "source-" + RandomHex(4);
    for (const auto& [path, text] : files) {
      const std::string at = dir_ / (top + "/" + name + "-1.0/" + path);
      EXPECT_TRUE(RealFileSystem().MakeDirectories(ParentPath(at)).ok());
      EXPECT_TRUE(RealFileSystem().WriteAtomic(at, text).ok());
    }
    const std::string archive = dir_ / (name + "-1.0.tar.gz");
    Run({"tar", "-C", dir_ / top, "-czf", archive, name + "-1.0"});
    return archive;
  }
  // A package `trainer` whose module `task` is `source`.
  std::string MakeTrainer(const std::string& source) {
    return MakePackage("trainer", {{"setup.py",
                                    "from setuptools import setup\n"
                                    "setup(name='trainer', packages=['trainer'])\n"},
                                   {"trainer/__init__.py", ""},
                                   {"trainer/task.py", source}});
  }

  LaunchSpec Spec(const std::string& job, const std::vector<std::string>& packages) {
    LaunchSpec spec;
    spec.set_version(1);
    spec.set_project("p");
    spec.set_job_id(job);
    spec.set_attempt(1);
    spec.set_role("master");
    spec.set_task_name("master-replica-0");
    spec.set_launch_token("token-" + RandomHex(8));
    spec.set_boot_id(BootId().value_or(""));
    spec.set_replica_dir(model::ReplicaFolder(dir_ / "jobs", "p", job, 1, "master", 0));
    spec.set_cache_dir(dir_ / "cache");
    for (const std::string& path : packages) {
      auto* package = spec.add_packages();
      package->set_path(path);
      package->set_name(path.substr(path.rfind('/') + 1));
      package->set_uri("gs://bucket/" + package->name());
    }
    spec.mutable_runtime()->set_name("system");
    spec.mutable_runtime()->set_interpreter("/usr/bin/python3");
    spec.mutable_runtime()->set_digest("d1");
    spec.set_python_module("trainer.task");
    (*spec.mutable_environment())["PYTHONUNBUFFERED"] = "1";
    spec.mutable_limits()->set_stop_grace_ms(200);
    return spec;
  }

  ReplicaId Launch(const LaunchSpec& spec) {
    const Status launched = executor_->Launch({spec});
    EXPECT_TRUE(launched.ok()) << launched.ToString();
    launched_.push_back(IdOf(spec));
    return IdOf(spec);
  }

  ReplicaStatus Observe(const ReplicaId& id) {
    Result<std::vector<ReplicaStatus>> seen = executor_->Observe({id});
    EXPECT_TRUE(seen.ok() && seen->size() == 1);
    return seen->at(0);
  }
  ReplicaStatus Await(const ReplicaId& id, const std::function<bool(const ReplicaStatus&)>& want) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    std::unique_lock lock(mutex_);
    while (true) {
      const int before = hints_;
      lock.unlock();
      ReplicaStatus seen = Observe(id);
      lock.lock();
      if (want(seen)) return seen;
      if (!hinted_.wait_until(lock, until, [&] { return hints_ != before; })) {
        ADD_FAILURE() << "not seen in time: "
                      << (seen.record ? seen.record->ShortDebugString() : "no record");
        return seen;
      }
    }
  }
  ReplicaStatus AwaitStep(const ReplicaId& id, StatusRecord::Step step) {
    return Await(id,
                 [step](const ReplicaStatus& s) { return s.record && s.record->step() >= step; });
  }
  // The program has printed (the runner's phase "first_line" is over).
  ReplicaStatus AwaitOutput(const ReplicaId& id) {
    return Await(id, [](const ReplicaStatus& s) {
      if (!s.record || s.record->phases_size() == 0) return false;
      const auto& last = *s.record->phases().rbegin();
      return last.name() == "first_line" && last.has_end_time();
    });
  }
  ReplicaStatus AwaitGone(const ReplicaId& id) {
    return Await(id, [](const ReplicaStatus& s) { return s.liveness == Liveness::kGone; });
  }
  // Launches and waits for the end.
  StatusRecord RunToEnd(const LaunchSpec& spec) {
    const ReplicaStatus seen = AwaitGone(Launch(spec));
    EXPECT_TRUE(seen.record.has_value());
    return seen.record.value_or(StatusRecord());
  }

  std::string Stdout(const LaunchSpec& spec) {
    return RealFileSystem().Read(spec.replica_dir() + "/stdout-0").value_or("(none)");
  }
  std::string Stderr(const LaunchSpec& spec) {
    return RealFileSystem().Read(spec.replica_dir() + "/stderr-0").value_or("(none)");
  }

  static std::string Run(std::vector<std::string> words) {
    ProcessSpec spec;
    spec.words = std::move(words);
    const Result<ProcessOutput> ran = RunProcess(spec, kPatience);
    EXPECT_TRUE(ran.ok() && ran->end.ok()) << (ran.ok() ? ran->tail : ran.status().ToString());
    return ran.ok() ? ran->tail : "";
  }

  TempDir dir_;
  std::unique_ptr<Executor> executor_;
  std::vector<ReplicaId> launched_;
  std::mutex mutex_;
  std::condition_variable hinted_;
  int hints_ = 0;
};

}  // namespace mlengine::executor
