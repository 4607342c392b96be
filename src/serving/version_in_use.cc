#include "serving/version_in_use.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "serving/worker_predictor.h"

namespace mlengine::serving {
namespace {

using Server = VersionServers::Server;

constexpr std::chrono::milliseconds kPingTimeout{10'000};

}  // namespace

VersionInUse::VersionInUse(const ServedVersion& version, VersionServersOptions processes,
                           VersionRules rules)
    : servers(std::move(processes), figures),
      batcher([this](const tensors::RunRequest& request) { return Run(request); },
              {.slots = rules.slots,
               .on_run = [this](std::int64_t instances,
                                std::size_t together) { figures.CountRun(instances, together); }}),
      rules_(rules),
      version_(version) {}

Result<tensors::RunAnswer> VersionInUse::Run(const tensors::RunRequest& request) {
  MLENGINE_ASSIGN_OR_RETURN(const Server server, servers.Acquire(Version(), false));
  return Noted(server->Run(request, rules_.deadline));
}

template <typename T>
Result<T> VersionInUse::Noted(Result<T> answer) {
  if (answer.ok()) servers.Answered();
  if (answer.status().code() != StatusCode::kUnavailable) return answer;
  return UnavailableError(answer.status().message() +
                          " Only the requests that it worked on failed; try again.");
}

Result<Prediction> VersionInUse::Ask(const ServedVersion& version, std::string_view body,
                                     bool share) {
  const Result<Server> server = servers.Acquire(version, false);
  const StatusCode code = server.status().code();
  if (code == StatusCode::kInvalidArgument || code == StatusCode::kAborted) {
    return FailedPreconditionError("Failed to load model: " + server.status().message() +
                                   " (Error code: 0)");
  }
  MLENGINE_RETURN_IF_ERROR(server.status());
  if (version.version.framework() != ml::v1::Version::TENSORFLOW) {
    return PredictByWorker(body, [&](std::string_view request) {
      return Noted((*server)->Predict(request, rules_.deadline));
    });
  }
  return serving::Predict(body, (*server)->signatures(),
                          [&](const tensors::RunRequest& run, bool rows) {
                            return batcher.Run(run, rows && share, rules_.deadline);
                          });
}

ServedVersion VersionInUse::Version() const {
  const std::lock_guard lock(mutex);
  return version_;
}

void VersionInUse::SetVersion(const ServedVersion& version) {
  const std::lock_guard lock(mutex);
  version_ = version;
}

void VersionInUse::TakeScaling(const ml::v1::Version& of) {
  const std::lock_guard lock(mutex);
  *version_.version.mutable_auto_scaling() = of.auto_scaling();
  *version_.version.mutable_manual_scaling() = of.manual_scaling();
}

// Runs of one process at once. Python code is written for one thread.
int VersionInUse::Slots() const {
  const std::lock_guard lock(mutex);
  return version_.version.framework() == ml::v1::Version::TENSORFLOW ? rules_.slots : 1;
}

void VersionInUse::EndIdle(std::chrono::milliseconds idle_after) {
  std::string folder;
  {
    const std::lock_guard lock(mutex);
    const auto idle = std::chrono::steady_clock::now() - last_used;
    if (requests > 0 || kept || idle <= idle_after) return;
    folder = version_.folder;
  }
  if (servers.Running().empty()) return;
  Log(LogLevel::kInfo, "an idle model server ends", {{"folder", folder}});
  servers.Release();
}

void VersionInUse::EndStopped() {
  const std::vector<Server> running = servers.Running();
  for (const Server& server : running) {
    if (!server->alive() || server->Answers(kPingTimeout)) continue;
    Log(LogLevel::kWarning, "a model server does not answer and is ended",
        {{"pid", std::to_string(server->pid())}});
    server->Kill();
  }
}

bool VersionInUse::Scale() {
  using std::chrono_literals::operator""s;
  const auto processes = static_cast<int>(servers.Running().size());
  const int slots = Slots();
  batcher.SetSlots(slots * std::max(1, processes));
  if (growing_.valid() && growing_.wait_for(0s) != std::future_status::ready) return false;
  int most = 0;
  bool keep = false;
  {
    const std::lock_guard lock(mutex);
    most = std::exchange(peak, requests);
    keep = kept;
  }
  ScalingBounds bounds = BoundsOf(Version().version, rules_.scaling);
  if (!keep) bounds.least = 0;
  const Scaler::Step step = scaler_.Look(bounds, rules_.scaling, processes, most, slots,
                                         std::chrono::steady_clock::now());
  if (step == Scaler::Step::kShrink) servers.Shrink();
  return step == Scaler::Step::kGrow;
}

// A model may take minutes to load; the others are looked after meanwhile.
void VersionInUse::Grow() {
  growing_ = std::async(std::launch::async, [this, version = Version()] {
    if (const Status grown = servers.Grow(version); !grown.ok())
      Log(LogLevel::kWarning, "no further model server", {{"error", grown.ToString()}});
  });
}

}  // namespace mlengine::serving
