#include "job_ports.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/digest.h"
#include "executor/local/free_ports.h"
#include "policy/cluster.h"
#include "policy/job_environment.h"

namespace mlengine::server {
namespace {

using executor::LaunchSpec;

// That of the replica's machine type; never more than this machine has.
std::int64_t MemoryLimit(const ml::v1::TrainingInput& input, const std::string& role) {
  const std::int64_t machine =
      static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  return std::min(policy::MachineOf(input, role).memory_bytes, machine);
}

Status AddPackage(objects::ObjectStore& objects, const std::string& uri, LaunchSpec& spec) {
  MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(uri));
  MLENGINE_ASSIGN_OR_RETURN(const objects::Object object, objects.Get(path.bucket, path.object));
  MLENGINE_ASSIGN_OR_RETURN(const std::string file, objects.LocalPath(path.bucket, path.object));
  runner::v1::Package& package = *spec.add_packages();
  package.set_uri(uri);
  package.set_name(path.object.substr(path.object.rfind('/') + 1));
  package.set_path(file);
  package.set_size(static_cast<std::int64_t>(object.size));
  if (object.crc32c) package.set_crc32c(EncodeCrc32c(*object.crc32c));
  return OkStatus();
}

Result<runtimes::InstalledRuntime> FindRuntime(runtimes::RuntimeStore& runtimes,
                                               const std::string& name) {
  for (runtimes::InstalledRuntime& runtime : runtimes.Installed()) {
    if (runtime.name == name) return std::move(runtime);
  }
  return FailedPreconditionError("runtime version " + name +
                                 " was removed while the job waited; install it again: " +
                                 "mlengine runtimes install " + name);
}

Result<LaunchSpec> BuildSpec(const JobPortsParts& parts, const store::JobRecord& record,
                             const engine::v1::ReplicaRecord& replica) {
  const ml::v1::TrainingInput& input = record.job().training_input();
  LaunchSpec spec;
  for (const std::string& uri : input.package_uris()) {
    const Status added = AddPackage(*parts.objects, uri, spec);
    if (!added.ok()) {
      return FailedPreconditionError(
          "The package " + uri + " cannot be read: " + added.message() +
          " It was there when the job was submitted; submit the job again.");
    }
  }
  MLENGINE_ASSIGN_OR_RETURN(const runtimes::InstalledRuntime runtime,
                            FindRuntime(*parts.runtimes, record.runtime_name()));
  spec.mutable_runtime()->set_name(runtime.name);
  spec.mutable_runtime()->set_interpreter(runtime.interpreter);
  spec.mutable_runtime()->set_digest(runtime.digest);
  spec.set_cache_dir(parts.cache_dir);
  spec.set_python_module(input.python_module());
  *spec.mutable_args() = input.args();
  spec.set_job_dir(input.job_dir());
  spec.set_replica_count(policy::ReplicaCount(input));
  const policy::RuntimeVersion* version = parts.runtimes->catalog().Find(runtime.name);
  policy::JobPlace place{parts.endpoint, version == nullptr ? "" : version->framework,
                         runtime.interpreter, parts.server_environment};
  for (auto& [name, value] : policy::JobEnvironment(record, replica, place))
    (*spec.mutable_environment())[name] = value;
  spec.mutable_limits()->set_memory_bytes(MemoryLimit(input, replica.role()));
  spec.mutable_limits()->set_stop_grace_ms(std::int64_t{parts.options.stop_grace_seconds} * 1000);
  spec.mutable_limits()->set_output_bytes(parts.options.output_limit_bytes);
  return spec;
}

Result<policy::RuntimeChoice> Choose(runtimes::RuntimeStore& runtimes, const Options& options,
                                     const ml::v1::TrainingInput& input) {
  std::vector<policy::InstalledVersion> installed;
  for (const runtimes::InstalledRuntime& runtime : runtimes.Installed())
    installed.push_back({runtime.name, runtime.python_version});
  return policy::ChooseRuntime(runtimes.catalog(), installed, options.default_runtime,
                               options.runtime_compatibility == "strict"
                                   ? policy::Compatibility::kStrict
                                   : policy::Compatibility::kNearest,
                               {input.runtime_version(), input.python_version()});
}

scheduler::RuntimeChoice ChooseRuntime(const JobPortsParts& parts, const store::JobRecord& record) {
  const Result<policy::RuntimeChoice> choice =
      Choose(*parts.runtimes, parts.options, record.job().training_input());
  if (!choice.ok()) return {"", {}, choice.status().message()};
  return {choice->name, choice->warnings, ""};
}

}  // namespace

scheduler::ReconcilerPorts MakeJobPorts(JobPortsParts given) {
  const auto parts = std::make_shared<const JobPortsParts>(std::move(given));
  scheduler::ReconcilerPorts ports;
  ports.choose_runtime = [parts](const store::JobRecord& record) {
    return ChooseRuntime(*parts, record);
  };
  ports.build_spec = [parts](const store::JobRecord& record,
                             const engine::v1::ReplicaRecord& replica) {
    return BuildSpec(*parts, record, replica);
  };
  ports.job_url = [parts](const store::JobKey& key) {
    return parts->endpoint + "/ui/jobs/" + key.job_id + "?project=" + PercentEncode(key.project);
  };
  ports.new_token = [] { return RandomHex(16); };
  ports.free_ports = [parts](int count, const std::set<int>& taken) {
    return executor::FindFreePorts(parts->options.replica_ports, count, taken, RandomHex(4));
  };
  return ports;
}

std::function<Result<engine_api::PlannedRuntime>(const ml::v1::TrainingInput&)> RuntimePlanner(
    runtimes::RuntimeStore& runtimes, const Options& options) {
  return [&runtimes,
          options](const ml::v1::TrainingInput& input) -> Result<engine_api::PlannedRuntime> {
    MLENGINE_ASSIGN_OR_RETURN(policy::RuntimeChoice choice, Choose(runtimes, options, input));
    MLENGINE_ASSIGN_OR_RETURN(const runtimes::InstalledRuntime runtime,
                              FindRuntime(runtimes, choice.name));
    return engine_api::PlannedRuntime{choice.name, runtime.interpreter, runtime.python_version,
                                      std::move(choice.warnings)};
  };
}

Status CheckPackage(objects::ObjectStore& objects, const std::string& uri) {
  const Result<objects::GsPath> path = objects::ParseGsPath(uri);
  return path.ok() ? objects.Get(path->bucket, path->object).status() : path.status();
}

}  // namespace mlengine::server
