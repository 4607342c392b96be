#include "ml_api/job_calls.h"

#include <google/protobuf/util/message_differencer.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <ratio>

#include "ml_api/method.h"
#include "model/job_state.h"
#include "policy/job_work.h"
#include "policy/list_filter.h"
#include "policy/replica_lifetimes.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Job;

constexpr int kUsualPage = 20;
constexpr int kLargestPage = 100;
constexpr std::size_t kLongestFilter = 4096;

Status NoSuchJob() {
  return FieldError(StatusCode::kNotFound, "name", "The specified job could not be found.");
}

// The key of the path's job. NOT_FOUND for a name that no job can have.
Result<store::JobKey> KeyOf(const net::Request& request) {
  const std::string& job_id = request.path_values[1];
  if (!policy::IsJobId(job_id)) return NoSuchJob();
  return store::JobKey{request.path_values[0], job_id};
}

Status Translate(const Status& status) {
  return status.code() == StatusCode::kNotFound ? NoSuchJob() : status;
}

struct PatchMask {
  bool labels = false;
  bool etag = false;
};

Result<PatchMask> ReadMask(const net::Request& request) {
  const std::string text = Parameter(request, "updateMask");
  PatchMask mask;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view path = rest.substr(0, comma);
    if (path == "labels") {
      mask.labels = true;
    } else if (path == "etag") {
      mask.etag = true;
    } else {
      return FieldError(StatusCode::kInvalidArgument, "update_mask",
                        path.empty()
                            ? "The update mask is required; labels can be updated."
                            : "\"" + std::string(path) +
                                  "\" cannot be updated; labels can, and etag is compared.");
    }
    if (comma == std::string_view::npos) return mask;
    rest.remove_prefix(comma + 1);
  }
}

// What is counted while the job runs is stored with its end.
void AddPredictionOutput(const JobDeps& deps, const store::JobRecord& record, Job& job) {
  ml::v1::PredictionOutput& output = *job.mutable_prediction_output();
  if (!model::IsFinal(job.state()) && deps.prediction_counts && !record.attempts().empty())
    output = deps.prediction_counts(record);
  output.set_output_path(job.prediction_input().output_path());
  double hours = 0;
  for (const policy::ReplicaLifetime& life : policy::LifetimesOf(record, deps.clock->Now()))
    hours += std::chrono::duration<double, std::ratio<3600>>(life.end - life.start).count();
  output.set_node_hours(std::floor(hours * 10'000) / 10'000);
}

}  // namespace

std::string EtagOf(std::int64_t version) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>((static_cast<std::uint64_t>(version) >> shift) & 0xFF);
  return bytes;
}

Job PublicJob(const JobDeps& deps, const store::StoredJob& stored) {
  Job job = stored.record.job();
  job.set_etag(EtagOf(stored.version));
  if (stored.record.has_batch_prediction()) AddPredictionOutput(deps, stored.record, job);
  if (deps.prices == nullptr || stored.record.attempts().empty()) return job;
  const Result<const policy::PriceList*> list = deps.prices->ListOfJob(stored.record.price_list());
  if (!list.ok()) return job;
  const ml::v1::TrainingInput& input = policy::WorkOf(stored.record);
  const Result<policy::Consumption> used = (*list)->Consumed(
      input, input.region(), policy::LifetimesOf(stored.record, deps.clock->Now()));
  if (used.ok() && used->units > 0 && !stored.record.has_batch_prediction())
    job.mutable_training_output()->set_consumed_ml_units(used->units);
  return job;
}

Status GetJob(const JobDeps& deps, const net::Request& request, Job& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::JobKey key, KeyOf(request));
  const Result<store::StoredJob> stored = deps.store->Get(key);
  if (!stored.ok()) return Translate(stored.status());
  answer = PublicJob(deps, *stored);
  return OkStatus();
}

Status ListJobs(const JobDeps& deps, const net::Request& request,
                ml::v1::ListJobsResponse& answer) {
  store::ListJobsQuery query;
  query.project = request.path_values[0];
  query.page_token = Parameter(request, "pageToken");
  MLENGINE_ASSIGN_OR_RETURN(query.page_size, PageSize(request, kUsualPage, kLargestPage));
  const std::string text = Parameter(request, "filter");
  if (text.size() > kLongestFilter) {
    return FieldError(StatusCode::kInvalidArgument, "filter",
                      "The filter has " + std::to_string(text.size()) + " characters; at most " +
                          std::to_string(kLongestFilter) + " are possible.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const policy::ListFilter filter, policy::ListFilter::Parse(text));
  if (!text.empty()) {
    query.filter = [&filter](const store::JobRecord& record) {
      return filter.Matches(record.job());
    };
  }
  const Result<store::ListJobsPage> page = deps.store->List(query);
  if (page.status().code() == StatusCode::kInvalidArgument) {
    return FieldError(StatusCode::kInvalidArgument, "page_token",
                      "The page token is not one that this list gave.");
  }
  if (!page.ok()) return page.status();
  for (const store::StoredJob& stored : page->jobs) *answer.add_jobs() = PublicJob(deps, stored);
  answer.set_next_page_token(page->next_page_token);
  return OkStatus();
}

Status CancelJob(const JobDeps& deps, const net::Request& request,
                 ml::v1::CancelJobResponse& answer) {
  static_cast<void>(answer);
  MLENGINE_ASSIGN_OR_RETURN(const store::JobKey key, KeyOf(request));
  ml::v1::CancelJobRequest body;
  if (!request.body.empty()) MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body, body));
  const Time now = deps.clock->Now();
  const Result<store::StoredJob> stored = deps.store->Update(key, [now](store::JobRecord& record) {
    if (model::IsFinal(record.job().state())) {
      return FieldError(StatusCode::kFailedPrecondition, "name",
                        "The job cannot be cancelled: it is already " +
                            Job::State_Name(record.job().state()) + ".");
    }
    if (!record.has_cancel_request_time()) {
      const long long nanos = ToUnixNanos(now);
      record.mutable_cancel_request_time()->set_seconds(nanos / 1'000'000'000);
      record.mutable_cancel_request_time()->set_nanos(static_cast<int>(nanos % 1'000'000'000));
    }
    return OkStatus();
  });
  return stored.ok() ? OkStatus() : Translate(stored.status());
}

Status PatchJob(const JobDeps& deps, const net::Request& request, Job& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const store::JobKey key, KeyOf(request));
  MLENGINE_ASSIGN_OR_RETURN(const PatchMask mask, ReadMask(request));
  Job body;
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body.empty() ? "{}" : request.body, body, "job"));
  if (mask.labels) MLENGINE_RETURN_IF_ERROR(policy::ValidateLabels(body.labels()));
  const Status changed = FieldError(
      StatusCode::kAborted, "job.etag",
      "The job was changed since this etag was given; get it again and repeat the change.");

  // A change sees no version, so the etag is held against a read before it, and that read's record
  // against the one that is changed.
  std::optional<store::JobRecord> expected;
  if (mask.etag) {
    const Result<store::StoredJob> read = deps.store->Get(key);
    if (!read.ok()) return Translate(read.status());
    if (body.etag() != EtagOf(read->version)) return changed;
    expected = read->record;
  }
  const Result<store::StoredJob> stored = deps.store->Update(key, [&](store::JobRecord& record) {
    using google::protobuf::util::MessageDifferencer;
    if (expected && !MessageDifferencer::Equals(*expected, record)) return changed;
    if (mask.labels) *record.mutable_job()->mutable_labels() = body.labels();
    return OkStatus();
  });
  if (!stored.ok()) return Translate(stored.status());
  answer = PublicJob(deps, *stored);
  return OkStatus();
}

}  // namespace mlengine::ml_api
