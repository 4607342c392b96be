// A data folder as a server leaves it: a finished job, one that runs, one that waits for its
// package, and a bucket. Made with the real stores.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"
#include "objects/file_object_store.h"
#include "store/sqlite_job_store.h"

namespace mlengine::upkeep {

class DataFixture : public ::testing::Test {
 protected:
  using Job = ml::v1::Job;

  void SetUp() override {
    FileSystem& files = RealFileSystem();
    ASSERT_TRUE(files.MakeDirectories(data_).ok());
    logs_ = *logs::FileLogStore::Open({data_, false}, files, clock_);
    store_ = *store::OpenSqliteJobStore(Path("state.db"));
    objects_ = *objects::OpenFileObjectStore(Path("buckets"), clock_);
    MakeJob("done", Job::SUCCEEDED, "hello\nworld\n");
    MakeJob("live", Job::RUNNING, "still\n");
    MakeWaiting("waits");
    Put("pkgs", "a/trainer.tar.gz", "package");
    Put("pkgs", "a", "named like a folder");
  }

  std::string Path(const std::string& name) const { return JoinPath(data_, name); }
  static std::string Replica(const std::string& id) {
    return "jobs/p/" + id + "/attempt-1/master-0";
  }
  std::string Read(const std::string& name) const {
    return RealFileSystem().Read(Path(name)).value_or("(missing)");
  }
  void Write(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(Path(name))).ok());
    ASSERT_TRUE(RealFileSystem().WriteAtomic(Path(name), bytes).ok());
  }
  void Append(const std::string& name, const std::string& bytes) const {
    const auto file = RealFileSystem().OpenAppend(Path(name));
    ASSERT_TRUE(file.ok() && (*file)->Append(bytes).ok());
  }
  // As a server that has ended.
  void CloseStores() {
    store_.reset();
    logs_.reset();
    objects_.reset();
  }

  void MakeJob(const std::string& id, Job::State state, const std::string& output) {
    const bool ended = state != Job::RUNNING;
    const std::string folder = Replica(id);
    Write(folder + "/launch-spec.json", "{\"version\": 1}");
    Write(folder + "/lease-0", "runner token-of-" + id + "\n");
    Write(folder + "/runner-0.lock", "");
    Write(folder + "/stdout-0", output);
    Write(folder + "/stderr-0", "");
    Write(folder + "/work/large", "of the program");
    const std::string bytes = std::to_string(output.size());
    Write(folder + "/status-0.json",
          ended ? R"({"version": 1, "step": "EXITED", "exit": {"exitCode": 0, "stdoutBytes": ")" +
                      bytes + R"("}})"
                : R"({"version": 1, "step": "RUNNING"})");
    const logs::JobRef job{"p", id};
    const logs::StreamRef out{.attempt = 1};
    ASSERT_TRUE(logs_->AttachSpools(job, {{out, Path(folder + "/stdout-0")}}).ok());
    ASSERT_TRUE(logs_->AppendService(job, 0, {{.message = "Job is queued."}}).ok());
    logs_->PumpAll();
    if (ended) {
      ASSERT_TRUE(logs_->CloseStream(job, out, output.size()).ok());
      ASSERT_TRUE(logs_->EndLog(job, 1, {{.message = "Job completed."}}).ok());
    }
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(state);
    engine::v1::AttemptRecord& attempt = *record.add_attempts();
    attempt.set_number(1);
    engine::v1::ReplicaRecord& replica = *attempt.add_replicas();
    replica.set_role("master");
    replica.mutable_status()->set_version(1);
    replica.mutable_status()->set_step(ended ? runner::v1::StatusRecord::EXITED
                                             : runner::v1::StatusRecord::RUNNING);
    if (ended) record.mutable_job()->mutable_end_time()->set_seconds(1);
    ASSERT_TRUE(store_->Create(record).ok());
  }

  void MakeWaiting(const std::string& id) {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(Job::QUEUED);
    record.mutable_job()->mutable_training_input()->add_package_uris("gs://pkgs/a/trainer.tar.gz");
    ASSERT_TRUE(store_->Create(record).ok());
  }

  void Put(const std::string& bucket, const std::string& name, const std::string& bytes) {
    objects::Bucket made;
    made.name = bucket;
    made.project = "p";
    static_cast<void>(objects_->CreateBucket(made));  // may be there
    objects::ObjectMetadata metadata;
    metadata.content_type = "text/plain";
    const auto writer = objects_->NewWriter(bucket, name);
    ASSERT_TRUE(writer.ok() && (*writer)->Write(bytes).ok());
    ASSERT_TRUE((*writer)->Commit(metadata, {}).ok());
  }

  TempDir dir_;
  const std::string data_ = dir_ / "data";
  FakeClock clock_{FromUnixNanos(1'500'000'000'000'000'000)};
  std::unique_ptr<store::JobStore> store_;
  std::unique_ptr<logs::FileLogStore> logs_;
  std::unique_ptr<objects::ObjectStore> objects_;
};

}  // namespace mlengine::upkeep
