#include "cli/measured_run.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/file_system.h"
#include "cli/api.h"
#include "cli/line_splitter.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/package.h"
#include "cli/profile_run.h"
#include "cli/source_archive.h"
#include "cli/training_request.h"
#include "insight/past_run.h"
#include "insight/step_arguments.h"
#include "model/client_environment.h"
#include "model/tf_config.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;
using insight::MeasuredRun;
using insight::ProgressTrack;

constexpr std::int64_t kMostProfileSteps = 500;
constexpr std::int64_t kStepsWithoutTotal = 100;
constexpr std::chrono::minutes kProfileLimit{5};

// A tenth of the steps, never more than a profile needs.
std::int64_t ProfileSteps(std::int64_t total) {
  return std::clamp<std::int64_t>(total / 10, 1, kMostProfileSteps);
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Status WriteFiles(const SourceArchive& archive, const std::string& folder) {
  for (const auto& [path, file] : archive) {
    // Below the archive's one folder, "trainer-1.0/".
    const std::string inner = path.substr(path.find('/') + 1);
    if (inner.empty() || ("/" + inner + "/").find("/../") != std::string::npos) continue;
    const std::string target = JoinPath(folder, inner);
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectoriesVisible(ParentPath(target)));
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().ReplaceVisible(target, file.bytes));
  }
  return OkStatus();
}

Result<std::string> Fetch(Api& api, const std::string& uri, const std::string& folder) {
  MLENGINE_ASSIGN_OR_RETURN(const GsPath from, ParseGs(uri));
  const std::string path = JoinPath(folder, NameOf(from.object));
  std::ofstream file(path, std::ios::binary);
  const auto sink = [&](std::string_view bytes) {
    return file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))
               ? OkStatus()
               : InternalError("cannot write " + path);
  };
  ObjectClient objects(api);
  MLENGINE_RETURN_IF_ERROR(objects.Download(from, sink, [](std::uint64_t, std::uint64_t) {}));
  return path;
}

// The packages' modules below `folder`, as a job has them.
Status LayOut(Api& api, const JobPackages& packages, const std::string& folder) {
  std::vector<std::string> files = packages.local;
  for (const std::string& uri : packages.uris) {
    MLENGINE_ASSIGN_OR_RETURN(files.emplace_back(), Fetch(api, uri, packages.scratch.path()));
  }
  if (files.empty()) {
    return InvalidArgumentError(
        "there is no package to run. Give --package-path or --packages, or measure a job that ran: "
        "--from-job.");
  }
  for (const std::string& file : files) {
    if (!file.ends_with(".tar.gz")) {
      return InvalidArgumentError("[" + NameOf(file) +
                                  "] is not a .tar.gz, and only those can be run here. Give "
                                  "--package-path, or measure a job that ran: --from-job.");
    }
    MLENGINE_ASSIGN_OR_RETURN(const SourceArchive archive, UnpackArchive(file));
    MLENGINE_RETURN_IF_ERROR(WriteFiles(archive, folder));
  }
  return OkStatus();
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "\n  " + line;
  return out.empty() ? "\n  (it printed nothing)" : out;
}

// A program's folders: its modules, where it runs, its TMPDIR and its job dir.
struct ProfileFolders {
  std::string site, work, tmp, job;
};

Result<ProfileFolders> MakeFolders(const std::string& root) {
  ProfileFolders out{JoinPath(root, "site"), JoinPath(root, "work"), JoinPath(root, "tmp"),
                     JoinPath(root, "job")};
  for (const std::string& folder : {out.site, out.work, out.tmp, out.job})
    MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectoriesVisible(folder));
  return out;
}

// `args` with the job dir, and what lies below it, in the profile's own folder.
std::vector<std::string> OwnArguments(std::vector<std::string> args, std::string job_dir,
                                      const std::string& own) {
  if (job_dir.empty()) return args;
  args.insert(args.end(), {"--job-dir", job_dir});
  while (job_dir.size() > 1 && job_dir.back() == '/') job_dir.pop_back();
  for (std::string& arg : args) {
    const std::size_t at =
        arg.starts_with("--") && arg.find('=') != std::string::npos ? arg.find('=') + 1 : 0;
    if (arg.compare(at, job_dir.size(), job_dir) != 0) continue;
    const std::size_t end = at + job_dir.size();
    if (end == arg.size() || arg[end] == '/') arg.replace(at, job_dir.size(), own);
  }
  return args;
}

LocalProcess ProcessOf(Api& api, const ProfileWish& wish, const ProfileFolders& folders,
                       const std::vector<std::string>& args) {
  LocalProcess process;
  process.words = {wish.interpreter, "-m", wish.module};
  process.words.insert(process.words.end(), args.begin(), args.end());
  process.folder = folders.work;
  process.environment = wish.environment;
  for (auto& variable : model::ClientEnvironment(api.project(), api.endpoint(), ""))
    process.environment.push_back(std::move(variable));
  const std::vector<std::pair<std::string, std::string>> own = {
      {"TF_CONFIG", model::TfConfig(model::LocalJobJson(wish.module, args), {}, {})},
      {"PYTHONPATH", folders.site},
      {"PYTHONUNBUFFERED", "1"},
      {"PYTHONUTF8", "1"},
      {"PYTHONDONTWRITEBYTECODE", "1"},
      {"TMPDIR", folders.tmp}};
  process.environment.insert(process.environment.end(), own.begin(), own.end());
  return process;
}

Status ProfileFailed(const Profile& profile) {
  const std::string how = profile.exit_code > 128
                              ? "was ended by signal " + std::to_string(profile.exit_code - 128)
                              : "ended with status " + std::to_string(profile.exit_code);
  return FailedPreconditionError("the program " + how +
                                 " in its profile run. Its last lines:" + Lines(profile.tail));
}

Result<insight::StepSpeed> SpeedOfProfile(const Profile& profile) {
  std::optional<double> ended_at;
  if (!profile.was_ended) ended_at = profile.seconds;
  const Result<insight::StepSpeed> speed = insight::SpeedOf(profile.track, ended_at);
  if (speed.ok()) return speed;
  return FailedPreconditionError(
      "the speed cannot be measured: " + speed.status().message() +
      (speed.status().code() == StatusCode::kNotFound
           ? ". The last lines of the profile run:" + Lines(profile.tail)
           : ". More steps in the profile (--profile-steps=N) may help."));
}

}  // namespace

Result<MeasuredRun> MeasureHere(Api& api, const JobPackages& packages, const ProfileWish& wish) {
  MLENGINE_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Make());
  MLENGINE_ASSIGN_OR_RETURN(const ProfileFolders folders, MakeFolders(scratch.path()));
  MLENGINE_RETURN_IF_ERROR(LayOut(api, packages, folders.site));
  std::vector<std::string> args = wish.args;
  const std::optional<insight::LengthFlag> flag = insight::FindLengthFlag(args);
  ProfileSpec spec;
  const auto wanted = [wish](std::optional<std::int64_t> told) {
    const std::optional<std::int64_t> total = wish.steps ? wish.steps : told;
    return wish.profile_steps.value_or(total ? ProfileSteps(*total) : kStepsWithoutTotal);
  };
  if (flag && !flag->is_epochs) {
    // It runs to its own end, so that the end is measured too.
    args = insight::WithLength(args, *flag, wanted(flag->total()));
  } else {
    spec.enough = [wanted](const ProgressTrack& track) {
      return track.LastStep() >= wanted(track.Total());
    };
  }
  args = OwnArguments(std::move(args), wish.job_dir, folders.job);
  spec.process = ProcessOf(api, wish, folders, args);
  spec.limit = kProfileLimit;
  MLENGINE_ASSIGN_OR_RETURN(const Profile profile, RunProfile(spec));
  if (profile.exit_code != 0 && !profile.was_ended) return ProfileFailed(profile);
  MeasuredRun run;
  MLENGINE_ASSIGN_OR_RETURN(run.speed, SpeedOfProfile(profile));
  run.unit = profile.track.Unit();
  if (spec.enough) run.told_total = profile.track.Total();
  run.cores = profile.CoresBetween(run.speed.steady_from, run.speed.steady_to);
  run.tier = "BASIC";
  run.where = "here";
  run.seconds = profile.seconds;
  return run;
}

Result<object> PastJob(Api& api, const std::string& job_id) {
  MLENGINE_ASSIGN_OR_RETURN(const value job, api.Json("GET", api.MlPath({"jobs", job_id})));
  if (!job.is_object() || FieldText(job, "trainingInput").empty())
    return InvalidArgumentError("job " + job_id + " is not a training job");
  return job.get_object();
}

Result<MeasuredRun> MeasurePast(Api& api, const std::string& job_id, const object& job) {
  const std::string state = FieldText(job, "state");
  const std::string start = FieldText(job, "startTime");
  if (start.empty()) return insight::HasNotRun(job_id, state);
  MLENGINE_ASSIGN_OR_RETURN(const Time started, ParseTime(start));
  insight::PastRun past(started);
  LineSplitter entries([&](std::string_view line) {
    boost::system::error_code failed;
    const value entry = boost::json::parse(line, failed);
    if (failed || !entry.is_object() || TextAt(entry, "task") != insight::kSpeakingTask) return;
    const Result<Time> at = ParseTime(TextAt(entry, "timestamp"));
    if (!at.ok()) return;
    const value* fields = entry.get_object().if_contains("json");
    past.Add(*at, TextAt(entry, "message"),
             fields != nullptr ? boost::json::serialize(*fields) : "");
  });
  net::ClientRequest call;
  call.target = api.OwnPath({"jobs", job_id}) + "/log";
  const auto take = [&](std::string_view bytes) {
    entries.Add(bytes);
    return true;
  };
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer,
                            api.Stream(call, take, std::chrono::seconds(60)));
  if (answer.status / 100 != 2) return ErrorFromResponse(answer);
  entries.Finish();
  std::optional<Time> ended;
  if (state == "SUCCEEDED") {
    MLENGINE_ASSIGN_OR_RETURN(ended, ParseTime(FieldText(job, "endTime")));
  }
  return past.Measure(job_id, FieldText(job, "trainingInput.scaleTier"), ended);
}

}  // namespace mlengine::cli
