// The filter of jobs.list: the text and a job. Joined terms pass what each of them passes.
#include "policy/list_filter.h"

#include "fuzz_target.h"
#include "wire/codec/json.h"

namespace mlengine::fuzz {
namespace {

ml::v1::Job SampleJob() {
  ml::v1::Job job;
  job.set_job_id("rnn_7");
  job.set_state(ml::v1::Job::FAILED);
  job.mutable_create_time()->set_seconds(1514862245);
  (*job.mutable_labels())["team"] = "red";
  job.mutable_training_input()->set_region("us-east1");
  job.mutable_training_input()->add_args("--epochs=3");
  job.mutable_training_input()->set_worker_count(10);
  job.mutable_training_output()->set_consumed_ml_units(2.5);
  return job;
}

}  // namespace

FUZZ_TARGET(list_filter) {
  const std::vector<std::string> input = SplitInput(bytes, 3);
  const auto first = policy::ListFilter::Parse(input[0]);
  const auto second = policy::ListFilter::Parse(input[1]);
  ml::v1::Job job;
  if (!wire::FromJson(input[2], job).ok() || input[2].empty()) job = SampleJob();
  for (const auto* filter : {&first, &second}) {
    if (filter->ok()) continue;
    RequireInvalid(filter->status());
    Require(filter->status().violations().size() == 1, "an error names the field");
    Require(!filter->status().violations()[0].description.empty(), "and says what is wrong");
  }
  if (!first.ok() || !second.ok()) return;
  const bool both = first->Matches(job) && second->Matches(job);
  const auto blank = policy::ListFilter::Parse(input[0] + " \n" + input[1]);
  Require(blank.ok() && blank->Matches(job) == both, "terms beside each other must both hold");
  const auto is_empty = [](const std::string& text) {
    return text.find_first_not_of(" \t\n\v\f\r") == std::string::npos;
  };
  if (is_empty(input[0]) || is_empty(input[1])) return;
  const auto joined = policy::ListFilter::Parse(input[0] + " AND " + input[1]);
  if (input[1].find_first_not_of(" \t\n\v\f\r") != input[1].find("AND"))
    Require(joined.ok() && joined->Matches(job) == both, "terms joined by AND must both hold");
}

}  // namespace mlengine::fuzz
