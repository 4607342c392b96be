#include "runner/gpu_watch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <utility>

#include "base/csv_field.h"
#include "base/log.h"
#include "base/number_text.h"

namespace mlengine::runner {
namespace {

using std::chrono::seconds;

constexpr seconds kAsks{2};
constexpr seconds kSilent{20};   // and it hangs
constexpr seconds kStale{10};    // a reading
constexpr seconds kAnother{30};  // from start to start
constexpr std::size_t kLongestLine = 4096;
constexpr int kReadsAtOnce = 16;

std::optional<std::int64_t> NumberFromZero(std::string_view text) {
  const auto value = ToNumber<std::int64_t>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

}  // namespace

std::vector<std::string> GpuWatchWords(const std::string& nvidia_smi) {
  return {nvidia_smi, "--query-gpu=uuid,utilization.gpu,memory.used",
          "--format=csv,noheader,nounits", "--loop=" + std::to_string(kAsks.count())};
}

GpuLine ParseGpuLine(std::string_view line) {
  GpuLine out;
  const std::string_view uuid = TakeCsvField(line);
  const std::optional<std::int64_t> duty = NumberFromZero(TakeCsvField(line));
  const std::optional<std::int64_t> memory = NumberFromZero(TakeCsvField(line));
  if (!line.empty() || (!uuid.starts_with("GPU-") && !uuid.starts_with("MIG"))) return out;
  out.uuid = std::string(uuid);
  if (duty && *duty <= 100) out.use.duty_percent = static_cast<int>(*duty);
  if (memory && *memory <= (INT64_MAX >> 20)) out.use.memory_bytes = *memory << 20;
  return out;
}

GpuWatch::GpuWatch(std::string nvidia_smi, std::vector<std::string> uuids)
    : nvidia_smi_(std::move(nvidia_smi)),
      uuids_(std::move(uuids)),
      readings_(uuids_.size()),
      peaks_(uuids_.size()) {}

GpuWatch::~GpuWatch() {
  Stop();
}

std::optional<pid_t> GpuWatch::pid() const {
  return child_ ? std::optional(child_->pid()) : std::nullopt;
}

void GpuWatch::Stop() {
  // Once somebody has waited for it, its group's number may be another's.
  siginfo_t info{};
  if (child_ &&
      ::waitid(P_PID, static_cast<id_t>(child_->pid()), &info, WEXITED | WNOWAIT | WNOHANG) == 0) {
    static_cast<void>(child_->Signal(SIGKILL, true));
  }
  child_.reset();
  output_.reset();
  unread_.clear();
}

void GpuWatch::Start(SteadyTime now) {
  next_start_ = now + kAnother;
  heard_ = now;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  output_.reset(ends[0]);
  const UniqueFd input(ends[1]);
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  ProcessSpec spec;
  spec.words = GpuWatchWords(nvidia_smi_);
  spec.folder = "/";
  spec.stdout_fd = input.get();
  spec.stderr_fd = nowhere.get();
  spec.new_group = true;
  spec.die_with_starter = true;
  Result<ChildProcess> started = ChildProcess::Start(spec);
  if (started.ok()) {
    child_ = *std::move(started);
    return;
  }
  Log(LogLevel::kWarning, "the GPUs are not watched now",
      {{"status", started.status().ToString()}});
  output_.reset();
}

void GpuWatch::TakeLine(std::string_view line, SteadyTime now) {
  const GpuLine told = ParseGpuLine(line);
  const auto found = std::ranges::find(uuids_, told.uuid);
  if (told.uuid.empty() || found == uuids_.end()) return;
  const auto at = static_cast<std::size_t>(std::distance(uuids_.begin(), found));
  Reading& reading = readings_[at];
  reading.time = now;
  reading.memory_bytes = told.use.memory_bytes;
  reading.duty = told.use.duty_percent;
  peaks_[at].memory_bytes = std::max(peaks_[at].memory_bytes, told.use.memory_bytes.value_or(0));
  if (!reading.duty) return;
  reading.duty_sum += *reading.duty;
  ++reading.duty_count;
  peaks_[at].duty_sum += *reading.duty;
  ++peaks_[at].duty_count;
}

void GpuWatch::ReadLines(SteadyTime now) {
  char bytes[4096];
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t n = ::read(output_.get(), bytes, sizeof(bytes));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return Stop();  // it has ended
    heard_ = now;
    unread_.append(bytes, static_cast<std::size_t>(n));
    std::size_t at = 0;
    for (std::size_t end = 0; (end = unread_.find('\n', at)) != std::string::npos; at = end + 1)
      TakeLine(std::string_view(unread_).substr(at, end - at), now);
    unread_.erase(0, at);
    if (unread_.size() > kLongestLine) unread_.clear();
  }
}

void GpuWatch::Look(SteadyTime now) {
  if (uuids_.empty() || nvidia_smi_.empty()) return;
  if (child_) ReadLines(now);
  if (child_ && now - heard_ > kSilent) {
    Log(LogLevel::kWarning, "nvidia-smi is silent; it is ended and started anew");
    Stop();
  }
  if (!child_ && now >= next_start_) Start(now);
}

std::vector<model::GpuSample> GpuWatch::Take(SteadyTime now) {
  std::vector<model::GpuSample> out;
  for (Reading& reading : readings_) {
    model::GpuSample sample;
    const bool is_known = reading.time != SteadyTime{} && now - reading.time <= kStale;
    if (is_known) {
      sample.memory_bytes = reading.memory_bytes;
      sample.duty_percent = reading.duty_count > 0
                                ? std::optional(reading.duty_sum / reading.duty_count)
                                : reading.duty;
    }
    reading.duty_sum = 0;
    reading.duty_count = 0;
    out.push_back(sample);
  }
  return out;
}

}  // namespace mlengine::runner
