#include "batch/model_process.h"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

namespace mlengine::batch {
namespace {

using std::chrono::milliseconds;

// Of one batch; what takes longer hangs.
constexpr milliseconds kRunTimeout{600'000};
// A model that only ever dies answers nothing.
constexpr int kMostDeaths = 50;
constexpr milliseconds kLongestPause{5000};

}  // namespace

Result<std::unique_ptr<ModelProcess>> ModelProcess::Start(serving::ServerProcessSpec spec) {
  std::unique_ptr<ModelProcess> made(new ModelProcess(std::move(spec)));
  MLENGINE_ASSIGN_OR_RETURN(made->process_, serving::ServerProcess::Start(made->spec_));
  made->signatures_ = made->process_->signatures();
  return made;
}

std::shared_ptr<serving::ServerProcess> ModelProcess::Current() {
  const std::lock_guard lock(mutex_);
  return process_;
}

Result<tensors::RunAnswer> ModelProcess::Run(const tensors::RunRequest& request) {
  const std::shared_lock lock(alone_);
  return Ask(request);
}

Result<tensors::RunAnswer> ModelProcess::RunAlone(const tensors::RunRequest& request) {
  const std::unique_lock lock(alone_);
  return Ask(request);
}

Result<tensors::RunAnswer> ModelProcess::Ask(const tensors::RunRequest& request) {
  const std::shared_ptr<serving::ServerProcess> process = Current();
  Result<tensors::RunAnswer> answer = process->Run(request, kRunTimeout);
  if (answer.ok()) {
    deaths_in_a_row_ = 0;
    return answer;
  }
  const StatusCode code = answer.status().code();
  if (code == StatusCode::kResourceExhausted) return answer;  // too large to be sent
  if (code == StatusCode::kDeadlineExceeded) process->Kill();
  MLENGINE_RETURN_IF_ERROR(Restart(process, answer.status()));
  return UnavailableError(answer.status().message());
}

// The first of those who saw it die does it; the others wait for that.
Status ModelProcess::Restart(const std::shared_ptr<serving::ServerProcess>& dead,
                             const Status& why) {
  const std::lock_guard lock(mutex_);
  if (process_ != dead) return OkStatus();
  const int deaths = ++deaths_in_a_row_;
  std::fprintf(stderr, "WARNING: %s It is started again.\n", why.message().c_str());
  if (deaths > kMostDeaths) {
    return AbortedError("The model server died " + std::to_string(deaths) +
                        " times without an answer between; the last time: " + why.message());
  }
  if (deaths > 1) std::this_thread::sleep_for(std::min(milliseconds(100) * deaths, kLongestPause));
  Result<std::shared_ptr<serving::ServerProcess>> made = serving::ServerProcess::Start(spec_);
  if (!made.ok())
    return AbortedError("The model cannot be loaded again: " + made.status().message());
  process_ = *std::move(made);
  return OkStatus();
}

}  // namespace mlengine::batch
