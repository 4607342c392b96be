#include <boost/json.hpp>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/submit_receipt.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

std::string Upper(std::string text) {
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return text;
}

Status AddModel(const Invocation& invocation, const std::string& project, object& input) {
  if (invocation.Has("model") == invocation.Has("model-dir"))
    return InvalidArgumentError("Exactly one of (--model | --model-dir) must be specified.");
  if (invocation.Has("version") && !invocation.Has("model"))
    return InvalidArgumentError("--version needs the --model that it is of.");
  if (invocation.Has("model-dir")) {
    input["uri"] = invocation.Text("model-dir");
    return OkStatus();
  }
  const std::string model = invocation.Text("model");
  const std::string name =
      model.starts_with("projects/") ? model : "projects/" + project + "/models/" + model;
  if (invocation.Has("version")) {
    input["versionName"] = name + "/versions/" + invocation.Text("version");
  } else {
    input["modelName"] = name;
  }
  return OkStatus();
}

Result<object> PredictionJob(const Invocation& invocation, Session& session,
                             const std::string& project) {
  object input;
  MLENGINE_RETURN_IF_ERROR(AddModel(invocation, project, input));
  input["dataFormat"] = Upper(invocation.Text("data-format"));
  const std::vector<std::string> paths = invocation.List("input-paths");
  input["inputPaths"] = boost::json::array(paths.begin(), paths.end());
  input["outputPath"] = invocation.Text("output-path");
  const std::string region = session.env("CLOUDSDK_COMPUTE_REGION").value_or("us-central1");
  input["region"] = invocation.Text("region", region);
  if (invocation.Has("runtime-version"))
    input["runtimeVersion"] = invocation.Text("runtime-version");
  if (invocation.Has("signature-name")) input["signatureName"] = invocation.Text("signature-name");
  if (invocation.Has("output-data-format"))
    input["outputDataFormat"] = Upper(invocation.Text("output-data-format"));
  // int64 travels as a string.
  if (const auto count = invocation.Number("max-worker-count"))
    input["maxWorkerCount"] = std::to_string(*count);
  if (const auto size = invocation.Number("batch-size")) input["batchSize"] = std::to_string(*size);
  object job;
  job["jobId"] = invocation.positionals[0];
  object labels;
  for (const auto& [key, text] : invocation.Pairs("labels")) labels[key] = text;
  if (!labels.empty()) job["labels"] = std::move(labels);
  job["predictionInput"] = std::move(input);
  return job;
}

void PrintInput(Session& session, const value& job) {
  const auto input = [&](const char* field) {
    return FieldText(job, "predictionInput." + std::string(field));
  };
  std::string model = input("versionName");
  if (model.empty()) model = input("modelName");
  if (model.empty()) model = input("uri");
  session.err << "  model    " << model << "\n"
              << "  region   " << input("region") << "\n"
              << "  results  " << input("outputPath") << "\n";
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_RETURN_IF_ERROR(CheckFollowFlags(invocation));
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const object job, PredictionJob(invocation, session, api->project()));
  MLENGINE_ASSIGN_OR_RETURN(const value created, CreateJob(*api, job));
  PrintReceipt(invocation, session, *api, created, [&] { PrintInput(session, created); });
  return EndSubmit(invocation, session, *api, created);
}

}  // namespace

Command JobsSubmitPredictionCommand() {
  Command command;
  command.path = "jobs submit prediction";
  command.summary = "submit a batch prediction job";
  command.description =
      "Has a version, or a SavedModel in gs://, predict every instance of the input files. The "
      "results are files of JSON lines below --output-path; what fails is named in "
      "prediction.errors_stats beside them, with file and line.";
  command.positionals = {
      {"JOB", "Name of the job: a letter, then letters, digits and underscores."}};
  command.flags = {
      {"model", FlagKind::kText, "MODEL", "Name of the model whose version predicts."},
      {"version", FlagKind::kText, "VERSION", "Which version of --model; else its default."},
      {"model-dir", FlagKind::kText, "GS_URL", "gs:// folder of a SavedModel, instead of --model."},
      {"data-format",
       FlagKind::kChoice,
       "FORMAT",
       "Format of the input; text is one JSON value a line.",
       {"text", "json", "tf-record", "tf-record-gzip"},
       true},
      {"input-paths",
       FlagKind::kList,
       "GS_URL,...",
       "Files, folders, or gs://BUCKET/START* for all that begins so.",
       {},
       true},
      {"output-path", FlagKind::kText, "GS_URL", "gs:// folder for the results.", {}, true},
      {"region", FlagKind::kText, "REGION", "Region; CLOUDSDK_COMPUTE_REGION, else us-central1."},
      {"batch-size", FlagKind::kNumber, "N", "Instances in one call of the model; 64."},
      {"max-worker-count", FlagKind::kNumber, "N", "Most workers at once; 10."},
      {"runtime-version", FlagKind::kText, "VERSION",
       "Runtime version; see `mlengine runtimes list`."},
      {"signature-name", FlagKind::kText, "NAME", "Which of the model's signatures is called."},
      {"output-data-format",
       FlagKind::kChoice,
       "FORMAT",
       "Format of the results; json.",
       {"json", "csv"}},
      {"labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels of the job."}};
  for (const Flag& flag : FollowFlags()) command.flags.push_back(flag);
  command.examples = {
      "mlengine jobs submit prediction my_batch --model=flowers --data-format=text "
      "--input-paths=gs://my-bucket/in/* --output-path=gs://my-bucket/out",
      "mlengine jobs submit prediction my_batch --model-dir=gs://my-bucket/export "
      "--data-format=tf-record-gzip --input-paths=gs://my-bucket/records "
      "--output-path=gs://my-bucket/out --stream-logs"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
