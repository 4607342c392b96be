#include "policy/job_environment.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <string_view>

#include "base/digest.h"
#include "base/file_system.h"
#include "model/client_environment.h"
#include "model/tf_config.h"

namespace mlengine::policy {
namespace {

// What passes from the server to the job: where programs, libraries, certificates and proxies are,
// and how numeric libraries use the machine. Nothing else: a job must not depend on how the server
// was started, nor see its secrets.
constexpr std::string_view kPassed[] = {"CUDA_HOME",
                                        "CUDA_PATH",
                                        "GOTO_NUM_THREADS",
                                        "HTTPS_PROXY",
                                        "HTTP_PROXY",
                                        "LD_LIBRARY_PATH",
                                        "MKL_NUM_THREADS",
                                        "OMP_NUM_THREADS",
                                        "OPENBLAS_CORETYPE",
                                        "OPENBLAS_L2_SIZE",
                                        "OPENBLAS_NUM_THREADS",
                                        "PATH",
                                        "SSL_CERT_DIR",
                                        "SSL_CERT_FILE",
                                        "REQUESTS_CA_BUNDLE",
                                        "CURL_CA_BUNDLE",
                                        "TF_NUM_INTEROP_THREADS",
                                        "TF_NUM_INTRAOP_THREADS",
                                        "TZ",
                                        "http_proxy",
                                        "https_proxy"};

// The number before the first dot of the first word that begins with a digit: 2 of
// "TensorFlow 2.19.1" and of "2.1".
int MajorVersion(std::string_view text) {
  const std::size_t digit = text.find_first_of("0123456789");
  return digit == std::string_view::npos ? 0 : std::atoi(std::string(text.substr(digit)).c_str());
}

std::string SnakeCaseJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

std::string TokenOf(const engine::v1::JobRecord& record) {
  return record.attempts_size() == 0 ? std::string()
                                     : record.attempts(record.attempts_size() - 1).launch_token();
}

// Where the replicas of the last attempt are. A job of one has the address of the original.
model::ClusterSpec ClusterSpecOf(const engine::v1::JobRecord& record, const std::string& primary) {
  model::ClusterSpec spec{{{primary, {}}, {"ps", {}}, {"worker", {}}}};
  if (record.attempts_size() > 0) {
    for (const auto& replica : record.attempts(record.attempts_size() - 1).replicas()) {
      const std::string& role = replica.role() == "master" ? primary : replica.role();
      for (auto& [name, addresses] : spec.roles) {
        if (name == role && replica.port() > 0)
          addresses.push_back("127.0.0.1:" + std::to_string(replica.port()));
      }
    }
  }
  if (spec.roles[0].second.empty()) spec.roles[0].second.push_back("127.0.0.1:2222");
  std::erase_if(spec.roles, [](const auto& role) { return role.second.empty(); });
  return spec;
}

}  // namespace

std::string PrimaryTaskType(const ml::v1::TrainingInput& input, const std::string& framework) {
  if (input.use_chief_in_tf_config()) return "chief";
  const std::string& version =
      input.runtime_version().empty() ? framework : input.runtime_version();
  const bool first_generation = !version.empty() && MajorVersion(version) < 2;
  return first_generation ? "master" : "chief";
}

std::string ServiceTfConfig(const engine::v1::JobRecord& record,
                            const engine::v1::ReplicaRecord& replica,
                            const std::string& framework) {
  const ml::v1::TrainingInput& input = record.job().training_input();
  const std::string primary = PrimaryTaskType(input, framework);
  model::TfTask task;
  task.type = replica.role() == "master" ? primary : replica.role();
  task.index = replica.index();
  // Opaque, equal for all replicas of a start; made from the token but not telling it.
  task.cloud = "w" + Sha256Hex(TokenOf(record)).substr(0, 16) + "-ml";
  return model::TfConfig(SnakeCaseJson(input), task, ClusterSpecOf(record, primary));
}

std::map<std::string, std::string> JobEnvironment(const engine::v1::JobRecord& record,
                                                  const engine::v1::ReplicaRecord& replica,
                                                  const JobPlace& place) {
  std::map<std::string, std::string> environment;
  for (const std::string_view name : kPassed) {
    const auto found = place.server_environment.find(std::string(name));
    if (found != place.server_environment.end()) environment[found->first] = found->second;
  }
  std::string no_proxy;
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const auto found = place.server_environment.find(name);
    if (found != place.server_environment.end()) no_proxy = found->second;
  }
  for (auto& [name, value] : model::ClientEnvironment(record.project(), place.endpoint, no_proxy))
    environment[name] = value;
  const std::string bin = ParentPath(place.interpreter);
  std::string& path = environment["PATH"];
  if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
  if (place.interpreter.starts_with('/')) path.insert(0, bin + ":");
  environment["LANG"] = "C.UTF-8";
  environment["PYTHONUTF8"] = "1";
  environment["PYTHONIOENCODING"] = "utf-8";
  environment["PYTHONUNBUFFERED"] = "1";
  environment["CLOUD_ML_JOB_ID"] = record.job().job_id();
  environment["CLOUD_ML_PROJECT_ID"] = record.project();
  environment["TF_CONFIG"] = ServiceTfConfig(record, replica, place.framework);
  return environment;
}

}  // namespace mlengine::policy
