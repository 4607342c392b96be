#include "prediction_jobs.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/file_system.h"
#include "batch/batch_job.h"
#include "batch/input_files.h"
#include "batch/part.h"
#include "policy/job_work.h"
#include "policy/prediction_validation.h"
#include "runtimes/tensorflow_library.h"
#include "store/resource_view.h"

namespace mlengine::server {
namespace {

using ml::v1::PredictionInput;
using ml::v1::Version;

constexpr const char* kProgram = "mlengine-batch-predictor";
// How old a count may be that a door shows.
constexpr std::chrono::seconds kCountAge{1};
constexpr std::size_t kMostCounted = 1000;

batch::InputFormat FormatOf(const PredictionInput& input) {
  switch (input.data_format()) {
    case PredictionInput::TF_RECORD:
      return batch::InputFormat::kTfRecord;
    case PredictionInput::TF_RECORD_GZIP:
      return batch::InputFormat::kTfRecordGzip;
    default:
      return batch::InputFormat::kJson;
  }
}

// What is missing of what a new job names; all of it is told at once.
class Missing {
 public:
  void Add(const char* field, const std::string& text) {
    const std::string path = "job.prediction_input." + std::string(field);
    message_ += (message_.empty() ? "" : "\n") + ("Field: " + path + " Error: " + text);
    violations_.push_back({path, text});
  }
  Status ToStatus() {
    if (violations_.empty()) return OkStatus();
    return FailedPreconditionError(message_).WithViolations(std::move(violations_));
  }

 private:
  std::string message_;
  std::vector<FieldViolation> violations_;
};

// The version that answers. The error is a sentence.
Result<store::StoredResource> FindVersion(store::ModelStore& models, const std::string& project,
                                          const policy::ModelPath& path) {
  if (path.project != project)
    return FailedPreconditionError("The model is of another project, " + path.project + ".");
  const Result<store::StoredResource> model = models.Get(store::ModelKey(project, path.model));
  if (!model.ok())
    return FailedPreconditionError("There is no model " + path.model + " in project " + project +
                                   ".");
  const std::string name =
      path.version.empty() ? model->record.model().default_version() : path.version;
  if (name.empty()) {
    return FailedPreconditionError("The model " + path.model +
                                   " has no default version. Create a version, or name one.");
  }
  const Result<store::StoredResource> version =
      models.Get(store::VersionKey(project, path.model, name));
  if (!version.ok())
    return FailedPreconditionError("The model " + path.model + " has no version " + name + ".");
  const Version& told = version->record.version().version();
  if (told.state() != Version::READY) {
    return FailedPreconditionError("The version " + name + " is " +
                                   Version::State_Name(told.state()) +
                                   "; only one that is READY answers.");
  }
  if (told.framework() != Version::TENSORFLOW) {
    return FailedPreconditionError(
        "The version " + name + " is no TensorFlow SavedModel; batch prediction takes no other.");
  }
  return version;
}

Status CheckSavedModel(objects::ObjectStore& objects, const std::string& uri) {
  MLENGINE_ASSIGN_OR_RETURN(const batch::GsFolder folder, batch::ParseGsFolder(uri));
  for (const char* name : {"saved_model.pb", "saved_model.pbtxt"}) {
    if (objects.Get(folder.bucket, folder.prefix + name).ok()) return OkStatus();
  }
  return FailedPreconditionError("The model directory " + uri +
                                 " is expected to contain saved_model.pb or saved_model.pbtxt. "
                                 "Please use SavedModel.");
}

Result<std::vector<batch::InputFile>> ListFiles(objects::ObjectStore& objects,
                                                const std::string& bucket,
                                                const std::string& prefix) {
  std::vector<batch::InputFile> files;
  objects::ListRequest request{.prefix = prefix, .with_hashes = false};
  do {
    MLENGINE_ASSIGN_OR_RETURN(const objects::ListResult page, objects.List(bucket, request));
    for (const objects::Object& object : page.objects)
      files.push_back({bucket, object.name, object.size, object.generation});
    request.page_token = page.next_page_token;
  } while (!request.page_token.empty() && files.size() <= batch::kMostInputFiles);
  return files;
}

std::string RunOf(const store::JobRecord& record) {
  char digits[20];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof(digits), record.create_time_ns(), 36);
  return record.job().job_id() + "-" + std::string(digits, end);
}

struct TensorFlowRuntime {
  runtimes::InstalledRuntime runtime;
  std::string library;
};

// That of the version that is asked for, else the newest that has the library: a SavedModel runs
// on every later TensorFlow.
std::optional<TensorFlowRuntime> FindTensorFlow(runtimes::RuntimeStore& store,
                                                const std::string& wanted) {
  std::optional<TensorFlowRuntime> newest;
  for (const runtimes::InstalledRuntime& runtime : store.Installed()) {
    std::string library =
        runtimes::TensorFlowLibrary(RealFileSystem(), runtime.interpreter, runtime.python_version);
    if (library.empty()) continue;
    newest = {runtime, std::move(library)};
    if (runtime.name == wanted) break;
  }
  return newest;
}

std::string OwnFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

}  // namespace

Result<engine::v1::BatchPrediction> PredictionJobs::Resolve(const std::string& project,
                                                            const PredictionInput& input) {
  Missing missing;
  engine::v1::BatchPrediction out;
  std::string runtime = input.runtime_version();
  const std::string& name = input.model_name().empty() ? input.version_name() : input.model_name();
  if (const auto path = policy::ParseModelPath(name)) {
    const Result<store::StoredResource> version = FindVersion(parts_.models, project, *path);
    if (version.ok()) {
      out.set_model(path->model);
      out.set_version(version->record.version().version().name());
      out.set_version_folder(version->record.version().folder());
      if (runtime.empty()) runtime = version->record.version().version().runtime_version();
    } else {
      missing.Add(input.model_name().empty() ? "version_name" : "model_name",
                  version.status().message());
    }
  } else if (const Status model = CheckSavedModel(parts_.objects, input.uri()); !model.ok()) {
    missing.Add("uri", model.message());
  }
  const Result<std::vector<batch::InputFile>> files = batch::FindInput(
      policy::InputPathsOf(input), [this](const std::string& bucket, const std::string& prefix) {
        return ListFiles(parts_.objects, bucket, prefix);
      });
  if (!files.ok()) missing.Add("input_paths", files.status().message());
  const Result<batch::GsFolder> output = batch::ParseGsFolder(input.output_path());
  const Status bucket =
      output.ok() ? parts_.objects.GetBucket(output->bucket).status() : output.status();
  if (!bucket.ok()) {
    missing.Add("output_path", "The results cannot be written to " + input.output_path() + ": " +
                                   bucket.message() + ".");
  }
  MLENGINE_RETURN_IF_ERROR(missing.ToStatus());
  out.set_input_files(static_cast<std::int64_t>(files->size()));
  std::int64_t bytes = 0;
  for (const batch::InputFile& file : *files) bytes += static_cast<std::int64_t>(file.size);
  out.set_input_bytes(bytes);
  const int workers =
      batch::WorkersFor(*files, FormatOf(input), policy::MostWorkersOf(input), parts_.slots);
  *out.mutable_shape() = policy::PredictionShape(input.region(), runtime, workers);
  return out;
}

PredictionJobs::Counted PredictionJobs::CountNow(const store::JobRecord& record) {
  Counted out;
  const auto folder = batch::ParseGsFolder(record.job().prediction_input().output_path());
  if (!folder.ok()) return out;
  const std::string run = RunOf(record);
  const auto number = [](const batch::Metadata& metadata, const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? 0ULL : std::strtoull(found->second.c_str(), nullptr, 10);
  };
  const auto done =
      parts_.objects.Get(folder->bucket, folder->prefix + std::string(batch::kErrorsName));
  if (done.ok()) {
    const batch::Metadata& metadata = done->metadata.custom;
    const auto of_run = metadata.find(batch::kRunKey);
    if (of_run != metadata.end() && of_run->second == run) {
      return {number(metadata, batch::kPredictionsKey),
              number(metadata, batch::kErrorsKey),
              number(metadata, batch::kBytesKey),
              {}};
    }
  }
  // The newest part of each span has what was done of it.
  std::map<std::size_t, batch::PartInfo> spans;
  const std::string prefix = folder->prefix + batch::PartsFolder(run);
  objects::ListRequest request{.prefix = prefix, .with_hashes = false};
  do {
    const Result<objects::ListResult> page = parts_.objects.List(folder->bucket, request);
    if (!page.ok()) break;
    for (const objects::Object& object : page->objects) {
      const auto place = batch::ParsePartName(std::string_view(object.name).substr(prefix.size()));
      const auto info = batch::DecodePart(object.metadata.custom);
      if (place.ok() && info.ok()) spans[place->span] = *info;  // by name: the newest comes last
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  for (const auto& [span, info] : spans) {
    out.predictions += info.predictions;
    out.errors += info.errors;
    out.bytes += info.stored_bytes;
  }
  return out;
}

PredictionJobs::Counted PredictionJobs::Count(const store::JobRecord& record) {
  const store::JobKey key{record.project(), record.job().job_id()};
  const Time now = SystemClock().Now();
  {
    const std::lock_guard lock(mutex_);
    const auto found = counted_.find(key);
    if (found != counted_.end() && now >= found->second.at && now - found->second.at < kCountAge)
      return found->second;
  }
  Counted counted = CountNow(record);
  counted.at = now;
  const std::lock_guard lock(mutex_);
  if (counted_.size() >= kMostCounted) counted_.clear();
  counted_[key] = counted;
  return counted;
}

ml::v1::PredictionOutput PredictionJobs::Counts(const store::JobRecord& record) {
  // The end of a job is counted exactly.
  const Counted counted = record.job().has_end_time() ? CountNow(record) : Count(record);
  ml::v1::PredictionOutput output;
  output.set_prediction_count(static_cast<std::int64_t>(counted.predictions));
  output.set_error_count(static_cast<std::int64_t>(counted.errors));
  return output;
}

insight::JobProgress PredictionJobs::Progress(const store::JobRecord& record, Time now) {
  const Counted counted = record.job().has_end_time() ? CountNow(record) : Count(record);
  const std::int64_t total = record.batch_prediction().input_bytes();
  // Small inputs would be nothing of nothing.
  const bool small = total < 10'000'000;
  const double unit = small ? 1e3 : 1e6;
  insight::JobProgress progress;
  progress.unit = small ? "KB" : "MB";
  progress.source = "results";
  const double done = static_cast<double>(counted.bytes) / unit;
  progress.done = static_cast<std::int64_t>(done);
  progress.total = static_cast<std::int64_t>(static_cast<double>(total) / unit);
  const double since = std::chrono::duration<double>(now.time_since_epoch()).count() -
                       static_cast<double>(record.job().start_time().seconds());
  if (!record.job().has_start_time() || record.job().has_end_time() || since <= 1 || done <= 0)
    return progress;
  progress.per_second = done / since;
  progress.seconds_left =
      std::max(static_cast<double>(total) / unit - done, 0.0) / *progress.per_second;
  return progress;
}

void PredictionJobs::End(store::JobRecord& record) {
  if (record.attempts().empty()) return;
  *record.mutable_job()->mutable_prediction_output() = Counts(record);
  const Time now = SystemClock().Now();
  const insight::JobProgress progress = Progress(record, now);
  engine::v1::JobProgress& out = *record.mutable_progress();
  out.set_done(*progress.done);
  out.set_total(*progress.total);
  out.set_unit(progress.unit);
  out.set_source(progress.source);
  out.mutable_last_seen()->set_seconds(ToUnixNanos(now) / 1'000'000'000);
}

scheduler::RuntimeChoice PredictionJobs::ChooseRuntime(const store::JobRecord& record) {
  const std::string& wanted = policy::WorkOf(record).runtime_version();
  const std::optional<TensorFlowRuntime> found = FindTensorFlow(parts_.runtimes, wanted);
  if (!found) {
    return {"",
            {},
            "No runtime version with TensorFlow 2.12 or later is installed on this machine, so "
            "nothing can be predicted. Install one: mlengine runtimes install 2.19"};
  }
  scheduler::RuntimeChoice choice{found->runtime.name, {}, ""};
  if (!wanted.empty() && wanted != found->runtime.name) {
    choice.warnings.push_back("The model runs on runtime version " + found->runtime.name +
                              ": version " + wanted +
                              " has no TensorFlow on this machine that serves models.");
  }
  return choice;
}

Result<engine_api::PlannedRuntime> PredictionJobs::PlanRuntime(const store::JobRecord& record) {
  scheduler::RuntimeChoice choice = ChooseRuntime(record);
  const auto found = FindTensorFlow(parts_.runtimes, choice.name);
  if (choice.name.empty() || !found) return FailedPreconditionError(choice.error);
  return engine_api::PlannedRuntime{choice.name, found->runtime.interpreter,
                                    found->runtime.python_version, std::move(choice.warnings)};
}

Status PredictionJobs::FillSpec(const store::JobRecord& record,
                                const engine::v1::ReplicaRecord& replica,
                                executor::LaunchSpec& spec) {
  const std::optional<TensorFlowRuntime> found =
      FindTensorFlow(parts_.runtimes, record.runtime_name());
  if (!found) {
    return FailedPreconditionError("runtime version " + record.runtime_name() +
                                   " was removed while the job waited; install it again: " +
                                   "mlengine runtimes install " + record.runtime_name());
  }
  spec.mutable_runtime()->set_name(found->runtime.name);
  spec.mutable_runtime()->set_interpreter(found->runtime.interpreter);
  spec.mutable_runtime()->set_digest(found->runtime.digest);
  const PredictionInput& input = record.job().prediction_input();
  const engine::v1::BatchPrediction& plan = record.batch_prediction();
  batch::BatchJob job;
  job.endpoint = parts_.endpoint;
  job.run = RunOf(record);
  job.library = found->library;
  if (plan.version().empty()) {
    job.model_uri = input.uri();
  } else {
    job.model_dir = JoinPath(
        JoinPath(parts_.models_dir,
                 store::VersionFolder(record.project(), plan.model(), plan.version_folder())),
        "model");
  }
  job.input_paths = policy::InputPathsOf(input);
  job.output_path = input.output_path();
  job.input = FormatOf(input);
  job.output = input.output_data_format() == PredictionInput::CSV ? batch::OutputFormat::kCsv
                                                                  : batch::OutputFormat::kJson;
  job.signature = input.signature_name();
  job.batch_size = policy::BatchSizeOf(input);
  job.worker = replica.role() == "master" ? 0 : static_cast<std::size_t>(replica.index()) + 1;
  job.workers = 1 + static_cast<std::size_t>(plan.shape().worker_count());
  spec.add_program(JoinPath(OwnFolder(), kProgram));
  for (std::string& word : batch::WordsOf(job)) spec.add_program(std::move(word));
  return OkStatus();
}

}  // namespace mlengine::server
