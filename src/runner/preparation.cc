#include "runner/preparation.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "base/digest.h"
#include "base/process.h"
#include "model/replica_folder.h"
#include "runner/distribution_check.h"
#include "runner/gpu_check.h"
#include "runner/helper.h"
#include "runner/text.h"

namespace mlengine::runner {
namespace {

// When a process was started, in the kernel's ticks since it was; the largest number for one that
// cannot be seen.
unsigned long long StartTicks(int pid) {
  const std::string stat =
      RealFileSystem().Read("/proc/" + std::to_string(pid) + "/stat").value_or("");
  const std::size_t after_name = stat.rfind(')');
  if (after_name == std::string::npos) return ULLONG_MAX;
  const char* at = stat.c_str() + after_name + 1;
  for (int field = 3; field < 22 && *at != '\0'; ++field) at += std::strcspn(at + 1, " ") + 1;
  return std::strtoull(at, nullptr, 10);
}

// Also after a stop was asked for, which RunHelper would not wait for.
std::string OutputOfGpus(std::vector<std::string> words, const std::string& log) {
  const Result<ProcessOutput> ran =
      RunProcess({.words = std::move(words)}, std::chrono::seconds(10), {}, 64U << 10);
  const bool told = ran.ok() && ran->end.ok();
  static_cast<void>(
      RealFileSystem().ReplaceVisible(log, told ? ran->tail : ran.status().ToString() + "\n"));
  return told ? ran->tail : "";
}

using std::chrono::minutes;

constexpr std::uint64_t kOutputLimit = 256U << 20;
constexpr std::size_t kEvidenceLimit = 8192;
constexpr int kStagingTries = 3;

// Of a distribution that is there twice the first one on the path counts. The Python itself is one
// of them. Runs on Python 2 too.
constexpr std::string_view kListDistributions = R"py(
import sys
try:
    from importlib import metadata
    found = [(d.metadata['Name'], d.version) for d in metadata.distributions()]
except ImportError:
    try:
        import pkg_resources
    except ImportError:
        from pip._vendor import pkg_resources
    found = [(d.project_name, d.version) for d in pkg_resources.working_set]
for name, version in reversed(found):
    print('%s %s' % (name, version))
print('python %d.%d.%d' % sys.version_info[:3])
)py";

std::string Tail(const std::string& text, std::size_t limit) {
  return text.size() <= limit ? text : text.substr(text.size() - limit);
}

std::string BaseName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// The runner's own environment (proxies, pip's index) under the job's.
std::vector<std::pair<std::string, std::string>> HelperEnvironment(const LaunchSpec& spec) {
  std::map<std::string, std::string> out = OwnEnvironment();
  out.erase("PYTHONPATH");
  for (const auto& [name, value] : spec.environment()) out[name] = value;
  out["TMPDIR"] = JoinPath(spec.replica_dir(), model::kTmpFolder);
  out[std::string(model::kTokenVariable)] = spec.launch_token();
  out[std::string(model::kMarkVariable)] =
      model::ReplicaMark(spec.role(), spec.index(), spec.restart());
  out.try_emplace("PIP_CACHE_DIR", JoinPath(spec.cache_dir(), "pip"));
  return {out.begin(), out.end()};
}

}  // namespace

Preparation::Preparation(FileSystem& files, const LaunchSpec& spec, StatusFile& status,
                         StopSource& stop, std::string runner_program)
    : files_(files),
      spec_(spec),
      status_(status),
      stop_(stop),
      runner_program_(std::move(runner_program)) {}

Result<PythonEnvironment> Preparation::Run() {
  status_.Note("INFO", spec_.program().empty()
                           ? "Running module " + spec_.python_module() + "."
                           : "Running program " + BaseName(spec_.program(0)) + ".");
  MLENGINE_RETURN_IF_ERROR(CheckGpus());
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<StagedPackage> packages, Stage());
  status_.BeginPhase("environment");
  MLENGINE_ASSIGN_OR_RETURN(const std::string why, WhyPip(packages));
  for (const v1::Package& package : spec_.packages()) {
    status_.Note("INFO", "Installing the package: " + package.uri());
  }
  WarnOfWaste(packages);
  if (!why.empty()) return Install(packages, why);
  PythonEnvironment out{.interpreter = spec_.runtime().interpreter(), .python_path = {}};
  for (const StagedPackage& package : packages) out.python_path.push_back(package.shape.root);
  status_.EndPhase("the runtime as it is");
  return out;
}

// A GPU that has gone, or hangs, is told before the program finds out in its own words.
Status Preparation::CheckGpus() {
  if (spec_.gpus().uuids().empty()) return OkStatus();
  status_.BeginPhase("gpus");
  std::string names;
  for (const std::string& uuid : spec_.gpus().uuids()) {
    const Result<std::string> told =
        RunTold(GpuWords(spec_.gpus().nvidia_smi(), uuid), "gpus.log", std::chrono::seconds(30));
    if (told.status().code() == StatusCode::kCancelled) return told.status();
    const GpuAnswer gpu = ParseGpuAnswer(told.value_or(""), uuid);
    if (gpu.name.empty()) {
      return UnavailableError("The GPU " + uuid + " does not answer: " +
                              (told.ok() ? FirstLine(*told) : told.status().message()) +
                              ". Nothing of the program ran; look at the machine's nvidia-smi.");
    }
    if (IsUsedByOthers(gpu)) {
      status_.Note("WARNING", "Of the GPU " + uuid + " " + std::to_string(gpu.used_mib) + " of " +
                                  std::to_string(gpu.memory_mib) +
                                  " MiB are in use by a program that is not of this engine.");
    }
    names += (names.empty() ? "" : ", ") + Describe(gpu);
  }
  status_.Note("INFO", "The replica has " + std::to_string(spec_.gpus().uuids_size()) +
                           (spec_.gpus().uuids_size() == 1 ? " GPU: " : " GPUs: ") + names + ".");
  status_.EndPhase(names);
  return OkStatus();
}

// Replicas that each do all of the work. Once for the job: the master tells it.
void Preparation::WarnOfWaste(const std::vector<StagedPackage>& packages) {
  if (!spec_.program().empty()) return;  // it divides the work by itself
  if (spec_.replica_count() < 2 || spec_.role() != "master" || spec_.restart() > 0) return;
  for (const StagedPackage& package : packages) {
    if (MayDistribute(files_, package.shape.root)) return;
  }
  const std::string others = std::to_string(spec_.replica_count() - 1);
  const std::string price =
      spec_.others_price().empty() ? "" : " and cost " + spec_.others_price() + " for nothing";
  status_.Note(
      "WARNING",
      "The package neither reads TF_CONFIG nor names a way to distribute its work: each of the " +
          std::to_string(spec_.replica_count()) + " replicas will do all of it; " + others +
          " of them are not needed" + price + ". Scale tier BASIC does the same with one.");
}

std::vector<model::GpuHolder> Preparation::GpuHolders() {
  const std::string log = JoinPath(spec_.replica_dir(), "gpus.log");
  const std::string output = OutputOfGpus(model::GpuHolderWords(spec_.gpus().nvidia_smi()), log);
  std::vector<model::GpuHolder> holders = model::ParseGpuHolders(output);
  std::erase_if(holders, [this](const model::GpuHolder& holder) {
    // What ran before the replica is somebody else's.
    return std::ranges::find(spec_.gpus().uuids(), holder.uuid) == spec_.gpus().uuids().end() ||
           StartTicks(holder.pid) < StartTicks(::getpid());
  });
  return holders;
}

Result<std::vector<StagedPackage>> Preparation::Stage() {
  status_.record().set_step(StatusRecord::STAGING);
  status_.BeginPhase("staging");
  for (const v1::Package& package : spec_.packages()) {
    status_.Note("INFO", "Downloading the package: " + package.uri());
  }
  if (spec_.packages().empty()) {
    status_.EndPhase("no packages");
    return std::vector<StagedPackage>{};
  }
  if (std::optional<std::vector<StagedPackage>> known = RecallPackages(files_, spec_)) {
    status_.EndPhase("reused: packages");  // told with the lease, moments later
    return *std::move(known);
  }
  // The record is written while the packages are looked at.
  Status wrote;
  Result<std::string> output = FailedPreconditionError("not tried");
  // The helper tells a package's fault and ends well. Where it does not, that is none of the
  // package's, and nothing of the program has run.
  for (int i = 0; i < kStagingTries && output.status().code() == StatusCode::kFailedPrecondition;
       ++i) {
    output =
        RunTold({runner_program_, "stage", JoinPath(spec_.replica_dir(), model::kLaunchSpecFile)},
                "staging.log", minutes(10), [&] { wrote = status_.Write(); });
  }
  MLENGINE_RETURN_IF_ERROR(output.status());
  MLENGINE_RETURN_IF_ERROR(wrote);
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<StagedPackage> packages, DecodeStaging(*output));
  if (packages.size() != static_cast<std::size_t>(spec_.packages_size())) {
    return DataLossError("the staging of the packages left some out");
  }
  const bool reused = std::ranges::all_of(packages, [](const auto& one) { return one.reused; });
  status_.EndPhase(reused ? "reused: packages" : "unpacked");
  return packages;
}

// Empty when the packages run on the runtime from where they lie.
Result<std::string> Preparation::WhyPip(const std::vector<StagedPackage>& packages) {
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const PackageShape& shape = packages[i].shape;
    if (!shape.pip_reason.empty()) {
      return spec_.packages(static_cast<int>(i)).name() + ": " + shape.pip_reason;
    }
    asked.insert(asked.end(), shape.requirements.begin(), shape.requirements.end());
  }
  if (asked.empty()) return std::string();
  MLENGINE_ASSIGN_OR_RETURN(const Distributions there, RuntimeDistributions());
  for (const std::string& text : asked) {
    const std::optional<Requirement> requirement = ParseRequirement(text);
    if (!requirement || !Meets(there, *requirement)) {
      return "the runtime does not have " + FirstLine(text);
    }
  }
  return std::string();
}

// Asked once per runtime; the file is only a memory of the answer, and made anew when it is gone.
Result<Distributions> Preparation::RuntimeDistributions() {
  const std::string folder = JoinPath(spec_.cache_dir(), "runtimes");
  const std::string path = JoinPath(
      folder, Sha256Hex("2\n" + spec_.runtime().interpreter() + "\n" + spec_.runtime().digest()));
  const bool may_keep = !spec_.runtime().digest().empty();
  if (may_keep) {
    if (const Result<std::string> kept = files_.Read(path); kept.ok()) {
      return ParseDistributions(*kept);
    }
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string told, RunTold({spec_.runtime().interpreter(), "-c",
                                                             std::string(kListDistributions)},
                                                            "environment.log", minutes(2)));
  if (may_keep) {
    MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(folder));
    MLENGINE_RETURN_IF_ERROR(files_.WriteAtomic(path, told));
  }
  return ParseDistributions(told);
}

Result<PythonEnvironment> Preparation::Install(const std::vector<StagedPackage>& packages,
                                               const std::string& why) {
  std::vector<std::string> sha256s;
  for (const StagedPackage& package : packages) sha256s.push_back(package.sha256);
  Overlay overlay(files_, spec_.cache_dir(), spec_.runtime().interpreter(),
                  spec_.runtime().digest(), sha256s);
  const PythonEnvironment out{.interpreter = overlay.interpreter(), .python_path = {}};
  const auto reuse = [&] {
    status_.EndPhase("reused: environment (" + why + ")");
    return out;
  };
  if (overlay.IsComplete()) return reuse();
  status_.record().set_step(StatusRecord::ENVIRONMENT);
  MLENGINE_RETURN_IF_ERROR(status_.Write());
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd lock, overlay.Lock(stop_));
  if (overlay.IsComplete()) return reuse();
  MLENGINE_RETURN_IF_ERROR(overlay.Clear());
  MLENGINE_ASSIGN_OR_RETURN(const Distributions runtime, RuntimeDistributions());
  const auto made = RunTold(overlay.CreateWords(), "environment.log", minutes(5));
  if (!made.ok()) return made.status();
  // pip reads name and version from an archive's name, so it gets the packages under theirs.
  std::vector<std::string> archives;
  std::string names;
  const std::string folder = JoinPath(spec_.replica_dir(), "tmp/packages");
  MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(folder));
  for (const v1::Package& package : spec_.packages()) {
    archives.push_back(JoinPath(folder, package.name()));
    if (::symlink(package.path().c_str(), archives.back().c_str()) != 0 && errno != EEXIST) {
      return ErrnoError(errno, "link " + archives.back());
    }
    names += " " + package.name();
  }
  status_.Note("INFO", "Running command: pip install" + names + " (" + why + ")");
  MLENGINE_RETURN_IF_ERROR(status_.Write());
  const auto installed = RunTold(overlay.InstallWords(archives, runtime), "pip.log", minutes(60));
  if (!installed.ok()) {
    if (installed.status().code() == StatusCode::kCancelled) return installed.status();
    return Status(installed.status().code(),
                  "The packages" + names + " cannot be installed: " + installed.status().message() +
                      ". The whole output of pip is in " +
                      JoinPath(spec_.replica_dir(), "pip.log") + ".");
  }
  MLENGINE_RETURN_IF_ERROR(overlay.Complete());
  status_.EndPhase("installed: " + why);
  return out;
}

// What the command printed; when it fails, that is the evidence.
Result<std::string> Preparation::RunTold(std::vector<std::string> words,
                                         const std::string& log_name,
                                         std::chrono::milliseconds deadline,
                                         std::function<void()> meanwhile) {
  const std::string program = words[0];
  const std::string log = JoinPath(spec_.replica_dir(), log_name);
  const Result<ProcessEnd> end =
      RunHelper({.words = std::move(words),
                 .environment = HelperEnvironment(spec_),
                 .folder = JoinPath(spec_.replica_dir(), model::kTmpFolder),
                 .output_path = log,
                 .deadline = deadline,
                 .meanwhile = std::move(meanwhile)},
                stop_);
  const std::string output = files_.Read(log, kOutputLimit).value_or("");
  if (!end.ok() || !end->ok()) evidence_ = ToUtf8(Tail(output, kEvidenceLimit));
  if (!end.ok()) return end.status();
  if (end->ok()) return output;
  return FailedPreconditionError(program + " " + Describe(*end));
}

}  // namespace mlengine::runner
