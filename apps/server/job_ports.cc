#include "job_ports.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/digest.h"
#include "base/process.h"
#include "executor/local/free_ports.h"
#include "policy/cluster.h"
#include "policy/job_environment.h"
#include "policy/job_work.h"
#include "prediction_jobs.h"
#include "runtimes/held_distributions.h"

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

std::vector<policy::InstalledVersion> VersionsOf(
    const std::vector<runtimes::InstalledRuntime>& installed) {
  std::vector<policy::InstalledVersion> versions;
  for (const runtimes::InstalledRuntime& runtime : installed)
    versions.push_back({runtime.name, runtime.python_version});
  return versions;
}

// The environment of the runtime that was chosen for the job, with the Python that fits it best.
Result<runtimes::InstalledRuntime> FindRuntime(runtimes::RuntimeStore& runtimes,
                                               const std::string& name,
                                               const ml::v1::TrainingInput& input) {
  std::vector<runtimes::InstalledRuntime> installed = runtimes.Installed();
  const auto chosen = policy::ChoosePython(
      runtimes.catalog(), VersionsOf(installed), name,
      policy::ExpectedPython({input.runtime_version(), input.python_version()}));
  if (chosen) return std::move(installed[*chosen]);
  return FailedPreconditionError("runtime version " + name +
                                 " was removed while the job waited; install it again: " +
                                 "mlengine runtimes install " + name);
}

// The program sees the GPUs that its attempt leased for it, and no others. Where a machine has none
// nothing is said of them.
void SetGpus(const JobPortsParts& parts, const engine::v1::ReplicaRecord& replica,
             LaunchSpec& spec) {
  if (!parts.has_gpus) return;
  std::string visible;
  for (const std::string& uuid : replica.gpus()) {
    spec.mutable_gpus()->add_uuids(uuid);
    visible += (visible.empty() ? "" : ",") + uuid;
  }
  if (!visible.empty())
    spec.mutable_gpus()->set_nvidia_smi(executor::NvidiaSmiOf(parts.options.gpus));
  // An index that no GPU has, where there is none to see: an empty value is taken for unset by
  // some.
  (*spec.mutable_environment())["CUDA_VISIBLE_DEVICES"] = visible.empty() ? "-1" : visible;
}

// What the job costs an hour above its master alone; empty where the list does not tell.
std::string OthersPrice(const policy::PriceBook& book, const store::JobRecord& record) {
  const Result<const policy::PriceList*> list = book.ListOfJob(record.price_list());
  if (!list.ok()) return "";
  const policy::PriceList& prices = **list;
  const ml::v1::TrainingInput& input = record.job().training_input();
  ml::v1::TrainingInput master = input;
  master.set_scale_tier(ml::v1::TrainingInput::CUSTOM);
  master.set_master_type(policy::MachineOf(input, "master").name);
  master.clear_worker_count();
  master.clear_parameter_server_count();
  master.clear_evaluator_count();
  const Result<policy::Rate> all = prices.RateOf(input, input.region());
  const Result<policy::Rate> one = prices.RateOf(master, input.region());
  if (!all.ok() || !one.ok()) return "";
  return policy::RateText(
      {all->units_per_hour - one->units_per_hour, all->price_per_hour - one->price_per_hour},
      prices);
}

// The packages, the runtime and the module of a training job.
Status FillTraining(const JobPortsParts& parts, const store::JobRecord& record, LaunchSpec& spec) {
  const ml::v1::TrainingInput& input = record.job().training_input();
  for (const std::string& uri : input.package_uris()) {
    const Status added = AddPackage(*parts.objects, uri, spec);
    if (!added.ok()) {
      return FailedPreconditionError(
          "The package " + uri + " cannot be read: " + added.message() +
          " It was there when the job was submitted; submit the job again.");
    }
  }
  MLENGINE_ASSIGN_OR_RETURN(const runtimes::InstalledRuntime runtime,
                            FindRuntime(*parts.runtimes, record.runtime_name(), input));
  spec.mutable_runtime()->set_name(runtime.name);
  spec.mutable_runtime()->set_interpreter(runtime.interpreter);
  spec.mutable_runtime()->set_digest(runtime.digest);
  spec.set_python_module(input.python_module());
  *spec.mutable_args() = input.args();
  spec.set_job_dir(input.job_dir());
  return OkStatus();
}

Result<LaunchSpec> BuildSpec(const JobPortsParts& parts, PredictionJobs& predictions,
                             const store::JobRecord& record,
                             const engine::v1::ReplicaRecord& replica) {
  const ml::v1::TrainingInput& input = policy::WorkOf(record);
  LaunchSpec spec;
  MLENGINE_RETURN_IF_ERROR(record.has_batch_prediction()
                               ? predictions.FillSpec(record, replica, spec)
                               : FillTraining(parts, record, spec));
  spec.set_cache_dir(parts.cache_dir);
  spec.set_replica_count(policy::ReplicaCount(input));
  spec.set_port(replica.port());
  if (spec.replica_count() > 1)
    spec.set_others_price(OthersPrice(parts.allowance->prices(), record));
  const policy::RuntimeVersion* version = parts.runtimes->catalog().Find(spec.runtime().name());
  policy::JobPlace place{parts.endpoint, version == nullptr ? "" : version->framework,
                         spec.runtime().interpreter(), OwnEnvironment()};
  for (auto& [name, value] : policy::JobEnvironment(record, replica, place))
    (*spec.mutable_environment())[name] = value;
  SetGpus(parts, replica, spec);
  spec.mutable_limits()->set_memory_bytes(MemoryLimit(input, replica.role()));
  spec.mutable_limits()->set_stop_grace_ms(std::int64_t{parts.options.stop_grace_seconds} * 1000);
  spec.mutable_limits()->set_output_bytes(parts.options.output_limit_bytes);
  spec.mutable_limits()->set_pids(parts.options.max_processes);
  return spec;
}

Result<policy::RuntimeChoice> Choose(runtimes::RuntimeStore& runtimes, const Options& options,
                                     const ml::v1::TrainingInput& input) {
  return policy::ChooseRuntime(
      runtimes.catalog(), VersionsOf(runtimes.Installed()), options.default_runtime,
      options.runtime_compatibility == "strict" ? policy::Compatibility::kStrict
                                                : policy::Compatibility::kNearest,
      {input.runtime_version(), input.python_version(), !input.job_dir().empty()});
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
  const auto predictions = std::make_shared<PredictionJobs>(PredictionParts{
      *parts->models, *parts->objects, *parts->runtimes, parts->models_dir, parts->endpoint});
  scheduler::ReconcilerPorts ports;
  ports.choose_runtime = [parts, predictions](const store::JobRecord& record) {
    return record.has_batch_prediction() ? predictions->ChooseRuntime(record)
                                         : ChooseRuntime(*parts, record);
  };
  ports.build_spec = [parts, predictions](const store::JobRecord& record,
                                          const engine::v1::ReplicaRecord& replica) {
    return BuildSpec(*parts, *predictions, record, replica);
  };
  ports.end_prediction = [predictions](store::JobRecord& record) { predictions->End(record); };
  ports.job_url = [parts](const store::JobKey& key) {
    return parts->endpoint + "/ui/jobs/" + key.job_id + "?project=" + PercentEncode(key.project);
  };
  ports.new_token = [] { return RandomHex(16); };
  ports.free_ports = [parts](int count, const std::set<int>& taken) {
    return executor::FindFreePorts(parts->options.replica_ports, count, taken, RandomHex(4));
  };
  ports.quotas = [parts](const store::JobRecord& record, Time now) {
    return parts->allowance->ShareNow(record.project(), policy::WorkOf(record).region(), now);
  };
  ports.budgets = [parts](const store::JobRecord& record, Time now) {
    return parts->allowance->BudgetsOf(record, now);
  };
  ports.distributions = [parts](const store::JobRecord& record) {
    const Result<runtimes::InstalledRuntime> runtime =
        FindRuntime(*parts->runtimes, record.runtime_name(), policy::WorkOf(record));
    if (!runtime.ok()) return std::map<std::string, std::string, std::less<>>{};
    return runtimes::HeldDistributions(RealFileSystem(), runtime->interpreter,
                                       runtime->python_version);
  };
  ports.metrics = parts->metrics;
  return ports;
}

std::function<Result<engine_api::PlannedRuntime>(const ml::v1::TrainingInput&)> RuntimePlanner(
    runtimes::RuntimeStore& runtimes, const Options& options) {
  return [&runtimes,
          options](const ml::v1::TrainingInput& input) -> Result<engine_api::PlannedRuntime> {
    MLENGINE_ASSIGN_OR_RETURN(policy::RuntimeChoice choice, Choose(runtimes, options, input));
    MLENGINE_ASSIGN_OR_RETURN(const runtimes::InstalledRuntime runtime,
                              FindRuntime(runtimes, choice.name, input));
    return engine_api::PlannedRuntime{choice.name, runtime.interpreter, runtime.python_version,
                                      std::move(choice.warnings)};
  };
}

Status CheckPackage(objects::ObjectStore& objects, const std::string& uri) {
  const Result<objects::GsPath> path = objects::ParseGsPath(uri);
  return path.ok() ? objects.Get(path->bucket, path->object).status() : path.status();
}

}  // namespace mlengine::server
