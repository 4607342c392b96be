// many_jobs STATE_DB COUNT [PROJECT]: puts finished jobs into a job store, as an engine of some
// years has them: ids, tiers, regions, labels and errors of many kinds. For benchmarks and tests of
// what shows many jobs; no server may have the store.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite_job_store.h"

namespace mlengine {
namespace {

using ml::v1::Job;
using ml::v1::TrainingInput;

constexpr int kWriters = 64;  // they share the syncs of the disk
constexpr std::int64_t kFirstSecond = 1'514'764'800;

store::JobRecord MakeRecord(int number, const std::string& project) {
  static constexpr const char* kRegions[] = {"us-central1", "europe-west1", "asia-east1"};
  static constexpr const char* kModules[] = {"trainer.task", "census.train", "speech.model.main"};
  static constexpr Job::State kEnds[] = {Job::SUCCEEDED, Job::SUCCEEDED, Job::FAILED,
                                         Job::CANCELLED};
  store::JobRecord record;
  record.set_project(project);
  record.set_price_list("2017-12");
  Job& job = *record.mutable_job();
  job.set_job_id("speech_training_" + std::to_string(number));
  job.set_state(kEnds[number % 4]);
  const std::int64_t begin = kFirstSecond + number * 60LL;
  job.mutable_create_time()->set_seconds(begin);
  job.mutable_start_time()->set_seconds(begin + 20);
  job.mutable_end_time()->set_seconds(begin + 600 + number % 977);
  (*job.mutable_labels())["owner"] = "person_" + std::to_string(number % 37);
  (*job.mutable_labels())["phase"] = number % 3 == 0 ? "tuning" : "production";
  if (job.state() == Job::FAILED) {
    job.set_error_message("The replica worker " + std::to_string(number % 9) +
                          " exited with a non-zero status of 1. Termination reason: Error.\n" +
                          std::string(300, 't') + "\nTo find out more see the log.");
  }
  TrainingInput& input = *job.mutable_training_input();
  input.set_region(kRegions[number % 3]);
  input.set_python_module(kModules[number / 7 % 3]);
  input.set_scale_tier(static_cast<TrainingInput::ScaleTier>(number % 4));
  input.set_runtime_version("1.4");
  input.set_job_dir("gs://bucket/output/" + std::to_string(number));
  for (const char* argument : {"--train-files", "gs://bucket/data/train.csv", "--epochs"})
    input.add_args(argument);
  input.add_args(std::to_string(number % 100));
  input.add_package_uris("gs://bucket/packages/" + std::to_string(number) + "/trainer-0.1.tar.gz");
  auto& attempt = *record.add_attempts();
  attempt.mutable_end_time()->set_seconds(job.end_time().seconds());
  auto& replica = *attempt.add_replicas();
  replica.set_role("master");
  replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(begin + 5);
  *replica.mutable_status()->mutable_exit()->mutable_end_time() = job.end_time();
  return record;
}

int Fill(const std::string& path, int count, const std::string& project) {
  const auto store = store::OpenSqliteJobStore(path);
  if (!store.ok()) {
    std::fprintf(stderr, "many_jobs: %s\n", store.status().ToString().c_str());
    return 1;
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&store, writer, count, &project] {
      for (int i = writer; i < count; i += kWriters) {
        const auto made = (*store)->Create(MakeRecord(i, project));
        if (!made.ok())
          std::fprintf(stderr, "many_jobs: %s\n", made.status().ToString().c_str()), std::exit(1);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return 0;
}

}  // namespace
}  // namespace mlengine

int main(int argc, char** argv) {
  const int count = argc > 2 ? std::atoi(argv[2]) : 0;
  if (count < 1) {
    std::fputs("many_jobs STATE_DB COUNT [PROJECT]\n", stderr);
    return 2;
  }
  return mlengine::Fill(argv[1], count, argc > 3 ? argv[3] : "default");
}
