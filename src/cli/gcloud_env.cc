#include "cli/gcloud_env.h"

#include <ostream>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "model/client_environment.h"

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
    // Without credentials of its own a library looks for a login and ends.
    session.out << "# google-api-python-client: build('ml', 'v1', "
                << "credentials=google.auth.credentials.AnonymousCredentials(), "
                << "client_options={'api_endpoint': os.environ['MLENGINE_ENDPOINT']}, "
                << "static_discovery=True)\n"
                << "# google-cloud-logging: Client(project=os.environ['MLENGINE_PROJECT'], "
                << "_use_grpc=False, credentials=google.auth.credentials.AnonymousCredentials(), "
                << "client_options={'api_endpoint': os.environ['MLENGINE_ENDPOINT']})\n";
  }
  return kExitOk;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> GcloudVariables(const std::string& project,
                                                                 const std::string& endpoint,
                                                                 const Session& session) {
  model::EnvironmentList list = model::ClientEnvironment(
      project, endpoint, session.env("NO_PROXY").value_or(session.env("no_proxy").value_or("")));
  list.emplace_back("CLOUDSDK_ML_ENGINE_LOCAL_PYTHON",
                    session.env("MLENGINE_LOCAL_PYTHON").value_or("python3"));
  return list;
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
