#include "cli/settings.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "base/file_system.h"
#include "cli/command.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

constexpr char kDefaultEndpoint[] = "http://127.0.0.1:8650";

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '/'))
    text.pop_back();
  return text;
}

std::string ConfigPath(const Session& session) {
  if (const auto xdg = session.env("XDG_CONFIG_HOME"))
    return JoinPath(*xdg, "mlengine/config.yaml");
  if (const auto home = session.env("HOME")) return JoinPath(*home, ".config/mlengine/config.yaml");
  return "";
}

// The value of `key` in the configuration file; empty when there is no file or no key.
Result<std::string> FromConfig(const Session& session, const std::string& key) {
  const std::string path = ConfigPath(session);
  const Result<std::string> text = RealFileSystem().Read(path, 1U << 20);
  if (!text.ok()) return std::string();
  try {
    const YAML::Node node = YAML::Load(*text)[key];
    return node && node.IsScalar() ? node.Scalar() : std::string();
  } catch (const YAML::Exception& error) {
    return InvalidArgumentError(path + ", line " + std::to_string(error.mark.line + 1) + ": " +
                                error.msg + ". Correct the file or remove it.");
  }
}

}  // namespace

std::string DataFolder(const Session& session) {
  if (const auto folder = session.env("MLENGINE_DATA_DIR")) return *folder;
  if (::geteuid() == 0) return "/var/lib/mlengine";
  return JoinPath(session.env("HOME").value_or("."), ".mlengine");
}

Result<std::string> ProjectOf(const Invocation& invocation, const Session& session) {
  if (invocation.Has("project")) return invocation.Text("project");
  if (const auto project = session.env("MLENGINE_PROJECT")) return *project;
  MLENGINE_ASSIGN_OR_RETURN(std::string project, FromConfig(session, "project"));
  return project.empty() ? std::string("default") : project;
}

Result<std::string> EndpointOf(const Invocation& invocation, const Session& session) {
  if (invocation.Has("endpoint")) return Trimmed(invocation.Text("endpoint"));
  if (const auto endpoint = session.env("MLENGINE_ENDPOINT")) return Trimmed(*endpoint);
  MLENGINE_ASSIGN_OR_RETURN(std::string endpoint, FromConfig(session, "endpoint"));
  if (!endpoint.empty()) return Trimmed(endpoint);
  const auto file = RealFileSystem().Read(JoinPath(DataFolder(session), "run/endpoint"), 4096);
  const std::string local = file.ok() ? Trimmed(*file) : "";
  if (!local.empty()) return local;
  // The server at the usual address may be another's.
  if (const auto folder = session.env("MLENGINE_DATA_DIR"))
    return UnavailableError("no server has the data folder " + *folder +
                            " of MLENGINE_DATA_DIR; start it with `mlengine server --detach`");
  return std::string(kDefaultEndpoint);
}

}  // namespace mlengine::cli
