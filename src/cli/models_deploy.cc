#include <boost/json.hpp>
#include <optional>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/model_export.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/resource_calls.h"
#include "cli/resource_text.h"
#include "cli/session.h"
#include "cli/status_line.h"
#include "cli/version_detail.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;
using Clock = std::chrono::steady_clock;

constexpr int kNameAttempts = 5;  // when another deploy takes the next free name meanwhile

// What a job left, and where.
struct Found {
  std::string url;  // gs://BUCKET/FOLDER/
  std::string file;
  std::size_t files = 0;
  double bytes = 0;
};

// Where a version goes.
struct Target {
  std::string model;
  std::string version;
  std::string old_default;  // version of the model that answered before; "" for none
};

// A folder as gs:// address or below the job dir; the latter when it is empty.
Result<GsPath> PlaceOf(const Invocation& invocation, const value& job) {
  const std::string place = invocation.Text("export");
  std::string url = place;
  if (!IsGs(place)) {
    const std::string job_dir = FieldText(job, "trainingInput.jobDir");
    if (job_dir.empty()) {
      return FailedPreconditionError(
          "job [" + invocation.positionals[0] +
          "] has no job dir, so nothing tells where its model is. Name the folder with "
          "--export=gs://BUCKET/FOLDER.");
    }
    url = job_dir + (job_dir.ends_with('/') ? "" : "/") + place;
  }
  MLENGINE_ASSIGN_OR_RETURN(GsPath path, ParseGs(url));
  while (path.object.ends_with('/')) path.object.pop_back();
  if (!path.object.empty()) path.object += '/';
  return path;
}

Result<Found> FindExport(Api& api, const Invocation& invocation, const value& job) {
  MLENGINE_ASSIGN_OR_RETURN(const GsPath place, PlaceOf(invocation, job));
  ObjectClient objects(api);
  MLENGINE_ASSIGN_OR_RETURN(const Listing listing, objects.List(place.bucket, place.object, ""));
  std::vector<std::string> names;
  for (const value& one : listing.objects) names.push_back(TextAt(one, "name"));
  MLENGINE_ASSIGN_OR_RETURN(const ModelExport chosen,
                            ChooseExport(names, place.bucket, place.object));
  Found found = {.url = "gs://" + place.bucket + "/" + chosen.folder, .file = chosen.file};
  for (const value& one : listing.objects) {
    if (!TextAt(one, "name").starts_with(chosen.folder)) continue;
    ++found.files;
    found.bytes += std::strtod(FieldText(one, "size").c_str(), nullptr);
  }
  return found;
}

Status CheckSucceeded(const std::string& id, const value& job) {
  const std::string state = TextAt(job, "state");
  if (state == "SUCCEEDED") return OkStatus();
  const bool has_ended = !TextAt(job, "endTime").empty();
  return FailedPreconditionError(
      "job [" + id + "] is " + state + "; only one that SUCCEEDED is deployed. " +
      (has_ended ? "Look why: mlengine jobs explain " + id +
                       ". What it left can be served all the same: mlengine versions create."
                 : "Follow it: mlengine jobs stream-logs " + id));
}

// The model's default version, and the model itself where there is none yet.
Result<std::string> DefaultOf(Api& api, Session& session, const std::string& model, bool quiet) {
  const Result<value> old = api.Json("GET", api.MlPath({"models", model}));
  if (old.ok()) return LastPart(FieldText(*old, "defaultVersion.name"));
  if (old.status().code() != StatusCode::kNotFound) return old.status();
  const value body = object{{"name", model}};
  const Result<value> created = api.Json("POST", api.MlPath({"models"}), &body);
  const bool is_there = created.status().code() == StatusCode::kAlreadyExists;
  if (!created.ok() && !is_there) return created.status();
  if (!quiet && !is_there)
    session.err << "Created ml engine model [" << TextAt(*created, "name") << "].\n";
  return std::string();
}

Result<std::string> FreeVersion(Api& api, const Invocation& invocation, const std::string& model) {
  Invocation whole;  // neither --limit nor --filter
  whole.command = invocation.command;
  MLENGINE_ASSIGN_OR_RETURN(
      const boost::json::array versions,
      ListAll(api, whole, api.MlPath({"models", model, "versions"}), "versions"));
  std::vector<std::string> names;
  for (const value& one : versions) names.push_back(LastPart(TextAt(one, "name")));
  return NextVersionName(names);
}

object VersionBody(const Invocation& invocation, const value& job, const Found& found) {
  object version = {{"deploymentUri", found.url}};
  const auto set = [&](const char* flag, const char* field, const std::string& otherwise) {
    const std::string text = invocation.Text(flag, otherwise);
    if (!text.empty()) version[field] = text;
  };
  set("runtime-version", "runtimeVersion", FieldText(job, "trainingInput.runtimeVersion"));
  if (!invocation.Has("runtime-version")) {
    const std::string python = FieldText(job, "trainingInput.pythonVersion");
    if (!python.empty()) version["pythonVersion"] = python;
  }
  set("machine-type", "machineType", "");
  set("description", "description", "Exported by job " + invocation.positionals[0] + ".");
  object labels;
  for (const auto& [key, text] : invocation.Pairs("labels")) labels[key] = text;
  if (!labels.empty()) version["labels"] = std::move(labels);
  return version;
}

// The operation that makes the version; `target.version` is filled in where none was asked for.
Result<value> StartVersion(Api& api, const Invocation& invocation, object version, Target& target) {
  const bool is_named = invocation.Has("version");
  const std::string path = api.MlPath({"models", target.model, "versions"});
  for (int attempt = 1;; ++attempt) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string free, FreeVersion(api, invocation, target.model));
    target.version = is_named ? invocation.Text("version") : free;
    version["name"] = target.version;
    const value body(version);
    Result<value> operation = api.Json("POST", path, &body);
    if (operation.status().code() != StatusCode::kAlreadyExists) return operation;
    if (is_named) {
      return AlreadyExistsError(operation.status().message() + " Leave --version out for [" + free +
                                "], the next free name.");
    }
    if (attempt == kNameAttempts) return operation;
  }
}

std::string SecondsSince(Clock::time_point start) {
  const auto tenths =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Status WaitUntilReady(Api& api, Session& session, value operation, const Target& target,
                      bool quiet) {
  const auto start = Clock::now();
  {
    std::optional<StatusLine> line;
    if (session.err_is_terminal && !quiet) {
      line.emplace(session.err, session.columns, [&target, start] {
        return "Copying the model's files and loading them as [" + target.version +
               "]: " + SecondsSince(start);
      });
    }
    MLENGINE_RETURN_IF_ERROR(WaitForOperation(api, session, std::move(operation)).status());
  }
  if (!quiet) {
    session.err << "Created version [" << target.version << "] of model [" << target.model
                << "] in " << SecondsSince(start) << ".\n";
  }
  return OkStatus();
}

std::string VersionPath(const Api& api, const Target& target) {
  return api.MlPath({"models", target.model, "versions", target.version});
}

Status SettleDefault(Api& api, const Invocation& invocation, Session& session,
                     const Target& target) {
  std::string said;
  if (target.old_default.empty()) {
    said = "It is the model's default version.";
  } else if (invocation.Has("no-set-default")) {
    said = "The default version is [" + target.old_default + "] still; to change that: mlengine " +
           "versions set-default " + target.version + " --model=" + target.model;
  } else {
    const value nothing = object();
    MLENGINE_RETURN_IF_ERROR(
        api.Json("POST", VersionPath(api, target) + ":setDefault", &nothing).status());
    said = "It is the model's default version now, in place of [" + target.old_default + "].";
  }
  if (!invocation.Has("quiet")) session.err << said << "\n";
  return OkStatus();
}

void PrintNext(Api& api, Session& session, const Target& target, bool is_default) {
  const std::string ask = "mlengine predict --model=" + target.model +
                          (is_default ? "" : " --version=" + target.version);
  const VersionSignature signature = SignatureOf(api, target.model, target.version);
  if (!signature.text.empty()) session.err << "  takes    " << signature.text << "\n";
  session.err << "  ask      " << ask << " --json-instances=FILE\n";
  if (!signature.bytes_input.empty())
    session.err << "  bytes    " << ask << " --file=" << signature.bytes_input << "=FILE\n";
  session.err << "  look     mlengine versions describe " << target.version
              << " --model=" << target.model << "\n";
}

Result<int> RunDeploy(const Invocation& invocation, Session& session) {
  if (invocation.Has("set-default") && invocation.Has("no-set-default")) {
    return InvalidArgumentError(
        "--set-default and --no-set-default exclude each other. Give at most one.");
  }
  const std::string& id = invocation.positionals[0];
  const bool quiet = invocation.Has("quiet");
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const value job, api->Json("GET", api->MlPath({"jobs", id})));
  MLENGINE_RETURN_IF_ERROR(CheckSucceeded(id, job));
  MLENGINE_ASSIGN_OR_RETURN(const Found found, FindExport(*api, invocation, job));
  if (!quiet) {
    session.err << "Job [" << id << "] exported " << found.url << " (" << found.file << "; "
                << found.files << (found.files == 1 ? " file, " : " files, ")
                << BytesText(found.bytes) << ").\n";
  }
  Target target;
  target.model = LastPart(invocation.Text("model", ModelNameOf(id)));
  MLENGINE_ASSIGN_OR_RETURN(target.old_default, DefaultOf(*api, session, target.model, quiet));
  MLENGINE_ASSIGN_OR_RETURN(
      value operation, StartVersion(*api, invocation, VersionBody(invocation, job, found), target));
  if (invocation.Has("async")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, operation));
    return kExitOk;
  }
  MLENGINE_RETURN_IF_ERROR(WaitUntilReady(*api, session, std::move(operation), target, quiet));
  MLENGINE_RETURN_IF_ERROR(SettleDefault(*api, invocation, session, target));
  const bool is_default = target.old_default.empty() || !invocation.Has("no-set-default");
  if (!quiet) PrintNext(*api, session, target, is_default);
  if (invocation.Has("format")) {
    MLENGINE_ASSIGN_OR_RETURN(const value version, api->Json("GET", VersionPath(*api, target)));
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, version));
  }
  return kExitOk;
}

}  // namespace

Command ModelsDeployCommand() {
  Command command;
  command.path = "models deploy";
  command.summary = "serve what a training job exported";
  command.description =
      "Finds the model below the job dir of a job that SUCCEEDED, makes it the next version of a "
      "model, which is made where there is none, waits until it is loaded, and makes it the one "
      "that answers. Of numbered folders (export/1514862245) the newest is taken.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"model", FlagKind::kText, "MODEL",
       "The model; else one named like the job without the numbers at its end."},
      {"version", FlagKind::kText, "VERSION", "The version; else the next of v1, v2, …"},
      {"export", FlagKind::kText, "DIR",
       "The folder with the model: gs://, or below the job dir. Else it is looked for."},
      {"set-default", FlagKind::kSwitch, "",
       "Have it answer where no version is named; so it is anyway."},
      {"no-set-default", FlagKind::kSwitch, "", "Leave the default as it is, where there is one."},
      {"runtime-version", FlagKind::kText, "VERSION", "Another than that of the job."},
      {"machine-type", FlagKind::kText, "TYPE", "Else mls1-c1-m2."},
      {"description", FlagKind::kText, "TEXT", "Else by which job it was exported."},
      {"labels", FlagKind::kPairs, "KEY=VALUE,...", "Labels of the version."},
      AsyncFlag(),
      RegionFlag()};
  command.examples = {"mlengine models deploy my_job",
                      "mlengine models deploy my_job --model=flowers --version=v7 "
                      "--no-set-default"};
  command.run = RunDeploy;
  return command;
}

}  // namespace mlengine::cli
