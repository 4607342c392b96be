#include "model/client_environment.h"

namespace mlengine::model {
namespace {

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

}  // namespace

EnvironmentList ClientEnvironment(const std::string& project, const std::string& endpoint,
                                  const std::string& no_proxy) {
  const std::string extended = Extended(no_proxy, HostOf(endpoint));
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
      {"NO_PROXY", extended},
      {"no_proxy", extended},
  };
}

}  // namespace mlengine::model
