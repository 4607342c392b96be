#include "cli/gcloud_env.h"

#include <ostream>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/settings.h"

namespace mlengine::cli {
namespace {

// `text` as one word of a POSIX shell, whatever it holds.
std::string ShellQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string HostOf(const std::string& endpoint) {
  std::string rest =
      endpoint.substr(endpoint.find("://") == std::string::npos ? 0 : endpoint.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  if (!rest.empty() && rest[0] == '[') return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

std::string Extended(const std::string& no_proxy, const std::string& host) {
  std::string out = no_proxy;
  for (const std::string& name : {host, std::string("127.0.0.1"), std::string("localhost")}) {
    if (("," + out + ",").find("," + name + ",") == std::string::npos)
      out += (out.empty() ? "" : ",") + name;
  }
  return out;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string project, ProjectOf(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::string endpoint, EndpointOf(invocation, session));
  for (const auto& [name, value] : GcloudVariables(project, endpoint, session)) {
    if (invocation.Has("unset")) {
      // What the user had in NO_PROXY before is not known any more: leave the harmless rest.
      if (name != "NO_PROXY" && name != "no_proxy") session.out << "unset " << name << "\n";
    } else {
      session.out << "export " << name << "=" << ShellQuoted(value) << "\n";
    }
  }
  if (!invocation.Has("unset")) {
    session.out << "# google-api-python-client: build('ml', 'v1', client_options={'api_endpoint': "
                << "os.environ['MLENGINE_ENDPOINT']}, static_discovery=True)\n";
  }
  return kExitOk;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> GcloudVariables(const std::string& project,
                                                                 const std::string& endpoint,
                                                                 const Session& session) {
  const std::string no_proxy = Extended(
      session.env("NO_PROXY").value_or(session.env("no_proxy").value_or("")), HostOf(endpoint));
  return {
      {"MLENGINE_ENDPOINT", endpoint},
      {"MLENGINE_PROJECT", project},
      {"CLOUDSDK_CORE_PROJECT", project},
      {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true"},
      {"CLOUDSDK_API_ENDPOINT_OVERRIDES_ML", endpoint + "/"},
      {"CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", endpoint + "/storage/v1/"},
      {"CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", endpoint + "/"},
      {"CLOUDSDK_AI_PLATFORM_REGION", "global"},
      {"CLOUDSDK_COMPUTE_REGION", "us-central1"},
      {"CLOUDSDK_ML_ENGINE_POLLING_INTERVAL", "1"},
      {"CLOUDSDK_ML_ENGINE_LOCAL_PYTHON", session.env("MLENGINE_LOCAL_PYTHON").value_or("python3")},
      {"CLOUDSDK_CORE_DISABLE_PROMPTS", "1"},
      {"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true"},
      {"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true"},
      {"GOOGLE_CLOUD_PROJECT", project},
      {"STORAGE_EMULATOR_HOST", endpoint},
      {"CLOUD_STORAGE_EMULATOR_ENDPOINT", endpoint},
      {"CLOUD_STORAGE_TESTBENCH_ENDPOINT", endpoint},
      {"TF_USE_MODULAR_FILESYSTEM", "1"},
      {"GCS_READ_CACHE_BLOCK_SIZE_MB", "16"},
      {"GCS_READ_CACHE_MAX_SIZE_MB", "64"},
      {"GCS_READ_CACHE_MAX_STALENESS", "0"},
      {"GCS_STAT_CACHE_MAX_AGE", "0"},
      {"GCS_STAT_CACHE_MAX_ENTRIES", "1024"},
      {"GCS_APPEND_MODE", ""},
      {"NO_PROXY", no_proxy},
      {"no_proxy", no_proxy},
  };
}

Command GcloudEnvCommand() {
  Command command;
  command.path = "gcloud-env";
  command.summary = "print the lines that point gcloud and client libraries at the server";
  command.description =
      "Prints export lines for a POSIX shell. After eval, an unmodified gcloud, "
      "google-cloud-storage and TensorFlow's "
      "gs:// use the server. --unset prints the lines that undo it; NO_PROXY stays as it is then.";
  command.flags = {{"unset", FlagKind::kSwitch, "", "Print unset lines instead."}};
  command.examples = {"eval \"$(mlengine gcloud-env)\"", "eval \"$(mlengine gcloud-env --unset)\""};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
