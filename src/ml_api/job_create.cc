#include <cctype>

#include "base/digest.h"
#include "ml_api/job_calls.h"
#include "ml_api/method.h"
#include "policy/job_work.h"
#include "wire/codec/json.h"

namespace mlengine::ml_api {
namespace {

constexpr std::size_t kKeyBytes = 255;
constexpr std::string_view kInvocation = "invocation-id/";

// What tells a repeated request from a second one: gcloud's invocation id stays the same over the
// retries of one command.
Result<std::string> InvocationOf(const net::Request& request) {
  if (const auto key = request.headers.Get("Idempotency-Key")) {
    if (key->empty() || key->size() > kKeyBytes) {
      return FieldError(StatusCode::kInvalidArgument, "Idempotency-Key",
                        "The header must have 1 to 255 bytes.");
    }
    return "key:" + std::string(*key);
  }
  const std::string agent(request.headers.Get("User-Agent").value_or(""));
  const std::size_t at = agent.find(kInvocation);
  if (at == std::string::npos) return std::string();
  std::size_t end = at + kInvocation.size();
  while (end < agent.size() && std::isxdigit(static_cast<unsigned char>(agent[end])) != 0) ++end;
  const std::string id = agent.substr(at + kInvocation.size(), end - at - kInvocation.size());
  return id.empty() || id.size() > kKeyBytes ? std::string() : "invocation:" + id;
}

// The original refuses a job whose packages it cannot read, in these words; here each path says
// why.
Status CheckPackages(const JobDeps& deps, const ml::v1::TrainingInput& input, int unstaged) {
  if (!deps.check_package) return OkStatus();
  std::string paths;
  std::string reasons;
  for (int i = unstaged; i < input.package_uris_size(); ++i) {
    const std::string& uri = input.package_uris(i);
    const Status readable = deps.check_package(uri);
    if (readable.ok()) continue;
    paths += (paths.empty() ? "" : ", ") + uri;
    reasons += " " + uri + ": " + readable.message() + ".";
  }
  if (paths.empty()) return OkStatus();
  return FieldError(StatusCode::kFailedPrecondition, "package_uris",
                    "The provided GCS paths [" + paths + "] cannot be read." + reasons);
}

Status JobExists() {
  return FieldError(StatusCode::kAlreadyExists, "job.job_id", "A job with this id already exists.");
}

// A repeated call, and an id that is taken, have their answer already.
Status CheckQuota(const JobDeps& deps, const std::string& project, const ml::v1::Job& job,
                  Time now) {
  if (!deps.check_quota || deps.store->Get({project, job.job_id()}).ok()) return OkStatus();
  return deps.check_quota(project, job, now);
}

// A batch prediction gets its shape. Its input, output and model must be there.
Status Resolve(const JobDeps& deps, store::JobRecord& record) {
  const ml::v1::PredictionInput& input = record.job().prediction_input();
  if (input.ByteSizeLong() == 0) return OkStatus();
  if (!deps.resolve_prediction) {
    return FieldError(StatusCode::kUnimplemented, "job.prediction_input",
                      "Batch prediction is not supported by this engine yet.");
  }
  MLENGINE_ASSIGN_OR_RETURN(*record.mutable_batch_prediction(),
                            deps.resolve_prediction(record.project(), input));
  return OkStatus();
}

// As quotas look at it, which count what replicas take.
ml::v1::Job Counted(const store::JobRecord& record) {
  ml::v1::Job job = record.job();
  if (record.has_batch_prediction()) *job.mutable_training_input() = policy::WorkOf(record);
  return job;
}

// What may be refused before its quota is looked at.
Status CheckNewJob(const JobDeps& deps, const std::string& project, const ml::v1::Job& job) {
  MLENGINE_RETURN_IF_ERROR(policy::ValidateNewJob(job, deps.python_versions_of, deps.regions));
  if (!deps.accept_work || deps.store->Get({project, job.job_id()}).ok()) return OkStatus();
  return deps.accept_work();
}

}  // namespace

Status TryCreateJob(const JobDeps& deps, const std::string& project, const ml::v1::Job& job,
                    int unstaged) {
  MLENGINE_RETURN_IF_ERROR(CheckNewJob(deps, project, job));
  if (deps.store->Get({project, job.job_id()}).ok()) return JobExists();
  store::JobRecord record;
  record.set_project(project);
  *record.mutable_job() = job;
  MLENGINE_RETURN_IF_ERROR(Resolve(deps, record));
  if (deps.plan_quota)
    MLENGINE_RETURN_IF_ERROR(deps.plan_quota(project, Counted(record), deps.clock->Now()));
  return CheckPackages(deps, job.training_input(), unstaged);
}

Status CreateJob(const JobDeps& deps, const net::Request& request, ml::v1::Job& answer) {
  store::JobRecord record;
  ml::v1::Job& job = *record.mutable_job();
  MLENGINE_RETURN_IF_ERROR(wire::FromJson(request.body.empty() ? "{}" : request.body, job, "job"));
  MLENGINE_RETURN_IF_ERROR(CheckNewJob(deps, request.path_values[0], job));
  MLENGINE_ASSIGN_OR_RETURN(const std::string invocation, InvocationOf(request));
  const Time now = deps.clock->Now();
  record.set_project(request.path_values[0]);
  // A repeated call, and an id that is taken, have their answer already.
  if (!deps.store->Get({record.project(), job.job_id()}).ok())
    MLENGINE_RETURN_IF_ERROR(Resolve(deps, record));
  MLENGINE_RETURN_IF_ERROR(CheckQuota(deps, record.project(), Counted(record), now));
  MLENGINE_RETURN_IF_ERROR(CheckPackages(deps, job.training_input(), 0));

  policy::ClearOutputFields(job);
  job.set_state(ml::v1::Job::QUEUED);
  job.mutable_create_time()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  record.set_request_sha256(Sha256Hex(request.body));
  record.set_invocation_id(invocation);
  record.set_create_time_ns(ToUnixNanos(now));
  if (deps.prices != nullptr) {
    const std::string of_region = deps.regions.PlanOf(policy::WorkOf(record).region()).price_list;
    record.set_price_list(of_region.empty() ? deps.prices->Default().name : of_region);
  }
  const Result<store::StoredJob> stored = deps.store->Create(std::move(record));
  if (stored.ok()) {
    answer = PublicJob(deps, *stored);
    return OkStatus();
  }
  if (stored.status().code() != StatusCode::kAlreadyExists) return stored.status();
  return JobExists();
}

}  // namespace mlengine::ml_api
