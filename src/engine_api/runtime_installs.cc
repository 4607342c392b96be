#include "engine_api/runtime_installs.h"

#include <boost/json.hpp>
#include <utility>

#include "base/log.h"
#include "logs/line_text.h"
#include "wire/codec/error.h"

namespace mlengine::engine_api {
namespace {

constexpr std::size_t kMostLines = 20'000;  // of one installation, kept for readers

class ProgressBody final : public net::BodyStream {
 public:
  explicit ProgressBody(std::shared_ptr<InstallProgress> progress)
      : progress_(std::move(progress)) {}
  ~ProgressBody() override {
    if (waker_ != 0) progress_->RemoveWaker(waker_);
  }
  void SetWaker(std::function<void()> waker) override {
    waker_ = progress_->AddWaker(std::move(waker));
  }
  Pull Next(std::string& out) override {
    if (ended_) return Pull::kEnd;
    out = progress_->ReadFrom(seen_, ended_);
    if (!out.empty()) return Pull::kData;
    return ended_ ? Pull::kEnd : Pull::kWait;
  }

 private:
  const std::shared_ptr<InstallProgress> progress_;
  std::size_t seen_ = 0;
  bool ended_ = false;
  std::int64_t waker_ = 0;
};

}  // namespace

void InstallProgress::AddLine(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= kMostLines) return;
    lines_.push_back(
        boost::json::serialize(boost::json::object{{"line", logs::ToValidUtf8(line)}}) + "\n");
  }
  Wake();
}

void InstallProgress::Finish(Status status) {
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back((status.ok() ? "{\"done\":true}" : wire::ErrorBody(status)) + "\n");
    finished_ = true;
  }
  Wake();
}

std::string InstallProgress::ReadFrom(std::size_t& seen, bool& ended) const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (; seen < lines_.size(); ++seen) text += lines_[seen];
  ended = finished_;
  return text;
}

std::int64_t InstallProgress::AddWaker(std::function<void()> waker) {
  const std::lock_guard lock(mutex_);
  wakers_[++last_waker_] = std::move(waker);
  return last_waker_;
}

void InstallProgress::RemoveWaker(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  wakers_.erase(id);
}

bool InstallProgress::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

// Outside the lock: a waker may pull at once. It may also be called after its stream is gone.
void InstallProgress::Wake() {
  std::map<std::int64_t, std::function<void()>> wakers;
  {
    const std::lock_guard lock(mutex_);
    wakers = wakers_;
  }
  for (const auto& [id, waker] : wakers) waker();
}

RuntimeInstalls::~RuntimeInstalls() {
  stopping_ = true;
  for (auto& [name, running] : running_) running.thread.join();
}

std::unique_ptr<net::BodyStream> RuntimeInstalls::Start(const std::string& name,
                                                        const std::string& python_version) {
  const std::lock_guard lock(mutex_);
  Running& running = running_[{name, python_version}];
  if (running.progress == nullptr || running.progress->finished()) {
    if (running.thread.joinable()) running.thread.join();  // it has nothing left to do
    running.progress = std::make_shared<InstallProgress>();
    running.thread = std::thread([this, name, python_version, progress = running.progress] {
      const Status status = runtimes_.Install(name, python_version, [&](std::string_view line) {
        if (!line.empty()) progress->AddLine(line);
        return !stopping_;
      });
      Log(status.ok() ? LogLevel::kInfo : LogLevel::kWarning, "installed a runtime",
          {{"runtime", name}, {"status", status.ToString()}});
      if (status.ok()) after_();
      progress->Finish(status);
    });
  }
  return std::make_unique<ProgressBody>(running.progress);
}

}  // namespace mlengine::engine_api
