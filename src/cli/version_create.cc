#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <filesystem>
#include <ostream>

#include "base/file_system.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/job_config.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/package.h"
#include "cli/resource_calls.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
namespace fs = std::filesystem;

// Every file below the folder, sorted; their paths.
Result<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code not_file;
    if (at->is_regular_file(not_file)) files.push_back(at->path().string());
  }
  if (error) {
    return InvalidArgumentError("--origin: cannot read the folder " + folder + ": " +
                                error.message() + ".");
  }
  if (files.empty()) return InvalidArgumentError("--origin: " + folder + " holds no files.");
  std::sort(files.begin(), files.end());
  return files;
}

// Uploads a local folder to BUCKET/HASH/ and answers that address.
Result<std::string> Upload(Api& api, Session& session, const std::string& folder,
                           const std::string& bucket, bool quiet) {
  if (bucket.empty()) {
    return InvalidArgumentError(
        "If --origin is provided as a local path, --staging-bucket must be given as well.");
  }
  MLENGINE_ASSIGN_OR_RETURN(GsPath base, ParseGs(bucket));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesBelow(folder));
  MLENGINE_ASSIGN_OR_RETURN(const std::string hash, HashOfFiles(files));
  while (base.object.ends_with('/')) base.object.pop_back();
  const std::string prefix = (base.object.empty() ? "" : base.object + "/") + hash + "/";
  ObjectClient objects(api);
  for (const std::string& file : files) {
    const std::string relative = fs::path(file).lexically_relative(folder).generic_string();
    const auto unseen = [](std::uint64_t, std::uint64_t) {};
    MLENGINE_RETURN_IF_ERROR(
        objects.Upload(file, {base.bucket, prefix + relative}, unseen).status());
  }
  if (!quiet)
    session.err << "Staged " << files.size() << " files (sha256 " << hash.substr(0, 12) << ")\n";
  return "gs://" + base.bucket + "/" + prefix;
}

void SetList(const Invocation& invocation, std::string_view flag, const char* field,
             object& version) {
  array list;
  for (const std::string& one : invocation.List(flag)) list.emplace_back(one);
  if (!list.empty()) version[field] = std::move(list);
}

// The --config file with the flags laid over it.
Result<object> VersionOf(const Invocation& invocation) {
  object version;
  if (invocation.Has("config")) {
    MLENGINE_ASSIGN_OR_RETURN(
        version, ReadConfig(invocation.Text("config"),
                            "--config names a file with a version in YAML or JSON.",
                            "a version is a map such as `deploymentUri: gs://bucket/model`."));
  }
  version["name"] = invocation.positionals[0];
  static constexpr std::pair<const char*, const char*> kTexts[] = {
      {"description", "description"},
      {"runtime-version", "runtimeVersion"},
      {"python-version", "pythonVersion"},
      {"machine-type", "machineType"},
      {"prediction-class", "predictionClass"}};
  for (const auto& [flag, field] : kTexts) {
    if (invocation.Has(flag)) version[field] = invocation.Text(flag);
  }
  if (invocation.Has("framework")) {
    std::string framework = invocation.Text("framework");
    for (char& c : framework) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    version["framework"] = framework;
  }
  SetList(invocation, "package-uris", "packageUris", version);
  for (const auto& [key, text] : invocation.Pairs("labels")) {
    value& labels = version["labels"];
    if (!labels.is_object()) labels = object();
    labels.get_object()[key] = text;
  }
  return version;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const bool quiet = invocation.Has("quiet");
  MLENGINE_ASSIGN_OR_RETURN(object version, VersionOf(invocation));
  std::string origin = invocation.Text("origin");
  if (!origin.empty() && !IsGs(origin)) {
    MLENGINE_ASSIGN_OR_RETURN(
        origin, Upload(*api, session, origin, invocation.Text("staging-bucket"), quiet));
  }
  if (!origin.empty()) version["deploymentUri"] = origin;
  if (!version.contains("deploymentUri")) {
    return InvalidArgumentError(
        "Either `--origin` must be provided or `deploymentUri` must be provided in the file given "
        "by `--config`.");
  }
  const value body(std::move(version));
  const std::string target =
      api->MlPath({"models", LastPart(invocation.Text("model")), "versions"});
  MLENGINE_ASSIGN_OR_RETURN(value operation, api->Json("POST", target, &body));
  if (invocation.Has("async")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, operation));
    return kExitOk;
  }
  MLENGINE_ASSIGN_OR_RETURN(const value made,
                            WaitForOperation(*api, session, std::move(operation)));
  if (!quiet)
    session.err << "Created version [" << invocation.positionals[0] << "] of model ["
                << LastPart(invocation.Text("model")) << "].\n";
  if (invocation.Has("format")) MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, made));
  return kExitOk;
}

}  // namespace

Command VersionsCreateCommand() {
  Command command;
  command.path = "versions create";
  command.summary = "make a version of a trained model";
  command.description =
      "Copies the files of a trained model into the engine, loads them, and makes them a version "
      "of a model; the first one that is ready is the model's default. A local folder is uploaded "
      "first.";
  command.positionals = {{"VERSION", "Name of the version."}};
  command.flags = {
      {.name = "model",
       .kind = FlagKind::kText,
       .value = "MODEL",
       .help = "Name of the model.",
       .required = true},
      {"origin", FlagKind::kText, "DIR",
       "Folder with the model, gs:// or local: saved_model.pb, model.joblib, model.pkl or "
       "model.bst."},
      {"staging-bucket", FlagKind::kText, "gs://BUCKET", "Where a local folder is uploaded to."},
      {"runtime-version", FlagKind::kText, "VERSION", "The runtime version that serves it."},
      {"python-version", FlagKind::kText, "VERSION", "Its Python, such as 3.7."},
      {"framework",
       FlagKind::kChoice,
       "FRAMEWORK",
       "Else the files tell.",
       {"tensorflow", "scikit-learn", "xgboost"}},
      {"machine-type", FlagKind::kText, "TYPE", "Else mls1-c1-m2."},
      {"package-uris", FlagKind::kList, "gs://PACKAGE,...", "Packages with code of one's own."},
      {"prediction-class", FlagKind::kText, "MODULE.CLASS",
       "The class in them that answers: a custom prediction routine."},
      {"description", FlagKind::kText, "TEXT", "What it is."},
      {"labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels of the version."},
      {"config", FlagKind::kText, "FILE", "The version in YAML or JSON; flags win over it."},
      AsyncFlag(),
      RegionFlag()};
  command.examples = {
      "mlengine versions create v1 --model=flowers --origin=gs://bucket/export/1 "
      "--runtime-version=2.19",
      "mlengine versions create v2 --model=flowers --origin=export --staging-bucket=gs://bucket"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
