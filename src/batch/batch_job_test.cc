#include "batch/batch_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

BatchJob Full() {
  BatchJob job;
  job.endpoint = "http://127.0.0.1:8650";
  job.run = "job_1-k3";
  job.library = "/rt/libtensorflow_cc.so.2";
  job.model_uri = "gs://b/model";
  job.input_paths = {"gs://b/in/*", "gs://b/with space"};
  job.output_path = "gs://b/out";
  job.input = InputFormat::kTfRecordGzip;
  job.output = OutputFormat::kCsv;
  job.signature = "--batch-size";  // a value is never taken for a flag
  job.batch_size = 7;
  job.worker = 2;
  job.workers = 3;
  return job;
}

TEST(BatchJobTest, IsTheSameInWords) {
  const Result<BatchJob> read = ParseBatchJob(WordsOf(Full()));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(WordsOf(*read), WordsOf(Full()));
  EXPECT_EQ(read->input, InputFormat::kTfRecordGzip);
  EXPECT_EQ(read->output, OutputFormat::kCsv);
  EXPECT_EQ(read->signature, "--batch-size");
  EXPECT_THAT(read->input_paths, ElementsAre("gs://b/in/*", "gs://b/with space"));
}

TEST(BatchJobTest, NamesTheWrongWord) {
  const auto error = [](auto change) {
    BatchJob job = Full();
    change(job);
    return ParseBatchJob(WordsOf(job)).status().message();
  };
  EXPECT_THAT(error([](BatchJob& job) { job.run = "../x"; }), HasSubstr("--run"));
  EXPECT_THAT(error([](BatchJob& job) { job.model_dir = "/m"; }), HasSubstr("--model-dir"));
  EXPECT_THAT(error([](BatchJob& job) { job.model_uri = ""; }), HasSubstr("--model-uri"));
  EXPECT_THAT(error([](BatchJob& job) { job.worker = 3; }), HasSubstr("--worker"));
  EXPECT_THAT(error([](BatchJob& job) { job.batch_size = 0; }), HasSubstr("--batch-size"));
  EXPECT_THAT(ParseBatchJob({"--run"}).status().message(), HasSubstr("--run has no value"));
  EXPECT_THAT(ParseBatchJob({"--no", "1"}).status().message(), HasSubstr("--no 1"));
  EXPECT_THAT(ParseBatchJob({"--workers", "2x"}).status().message(), HasSubstr("2x"));
}

}  // namespace
}  // namespace mlengine::batch
