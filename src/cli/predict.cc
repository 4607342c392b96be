#include <boost/json.hpp>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/predictions.h"
#include "cli/resource_calls.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

Result<array> RequestInstances(const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, ReadInput(path));
  boost::json::error_code error;
  value request = boost::json::parse(text, error);
  if (error)
    return InvalidArgumentError("--json-request: " + path +
                                " is not valid JSON: " + error.message() + ".");
  object* const members = request.if_object();
  value* const instances = members != nullptr ? members->if_contains("instances") : nullptr;
  if (instances == nullptr || !instances->is_array())
    return InvalidArgumentError("--json-request: " + path + " has no list \"instances\".");
  return std::move(instances->get_array());
}

// One instance; each file's bytes under its name.
Result<array> FileInstance(const Invocation& invocation) {
  object instance;
  for (const auto& [name, path] : invocation.Pairs("file")) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes, ReadInput(path));
    object encoded;
    encoded["b64"] = Base64Encode(bytes);
    instance[name] = std::move(encoded);
  }
  array instances;
  instances.push_back(std::move(instance));
  return instances;
}

Result<array> Instances(const Invocation& invocation) {
  int given = 0;
  for (const char* flag : {"json-instances", "text-instances", "json-request", "file"})
    given += invocation.Has(flag) ? 1 : 0;
  if (given != 1) {
    return InvalidArgumentError(
        "Exactly one of --json-instances, --text-instances, --json-request and --file must be "
        "given.");
  }
  if (invocation.Has("json-instances")) return JsonInstances(invocation.Text("json-instances"));
  if (invocation.Has("text-instances")) return TextInstances(invocation.Text("text-instances"));
  if (invocation.Has("json-request")) return RequestInstances(invocation.Text("json-request"));
  return FileInstance(invocation);
}

Result<int> RunPredict(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(array instances, Instances(invocation));
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  object request = {{"instances", std::move(instances)}};
  if (invocation.Has("signature-name"))
    request["signature_name"] = invocation.Text("signature-name");
  std::vector<std::string> parts = {"models", invocation.Text("model")};
  if (invocation.Has("version")) {
    parts.emplace_back("versions");
    parts.push_back(invocation.Text("version"));
  }
  const value body(std::move(request));
  MLENGINE_ASSIGN_OR_RETURN(const value answer,
                            api->Json("POST", api->MlPath(parts) + ":predict", &body));
  MLENGINE_RETURN_IF_ERROR(PrintAnswer(invocation, session, answer));
  return kExitOk;
}

}  // namespace

Command PredictCommand() {
  Command command;
  command.path = "predict";
  command.summary = "ask a version for predictions";
  command.description =
      "Sends instances to a model's default version, or to the one that is named, and prints what "
      "it answers. \"-\" reads standard input.";
  command.flags = {
      {"model", FlagKind::kText, "MODEL", "Name of the model.", {}, true},
      {"version", FlagKind::kText, "VERSION", "Which version answers; else the default."},
      {"json-instances", FlagKind::kText, "FILE", "A file with one JSON value per line."},
      {"text-instances", FlagKind::kText, "FILE", "A file with one string per line."},
      {"json-request", FlagKind::kText, "FILE", "A file with a whole request, {\"instances\": …}."},
      {"file", FlagKind::kPairs, "INPUT=FILE,...",
       "One instance: the bytes of files by the names of inputs."},
      {"signature-name", FlagKind::kText, "NAME", "Which of the model's signatures is called."},
      RegionFlag()};
  command.examples = {"mlengine predict --model=flowers --json-instances=instances.json",
                      "mlengine predict --model=speech --version=v2 --file=audio_bytes=yes.wav"};
  command.run = RunPredict;
  return command;
}

}  // namespace mlengine::cli
