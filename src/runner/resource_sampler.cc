#include "runner/resource_sampler.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/log.h"
#include "model/replica_folder.h"
#include "model/sample_codec.h"

namespace mlengine::runner {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Sockets that are closed between two looks are lost, and peaks too: also when samples are written
// once an hour, looks are not that rare.
constexpr milliseconds kRarestLook{5000};
constexpr milliseconds kLongestGap{60'000};
// A look's CPU time is at most this part of the time to the next; but for PSS and for finding
// connections, which have parts of their own.
constexpr int kLookShare = 300;
constexpr int kPssShare = 1000;
constexpr int kPssOfOthersShare = 500;
// Reading PSS waits for the processes: the runner hears nothing meanwhile.
constexpr milliseconds kPssPatience{200};
constexpr int kPssPause = 20;        // times that it took
constexpr milliseconds kSlack{100};  // of a timer

milliseconds Since(steady_clock::time_point start) {
  return duration_cast<milliseconds>(steady_clock::now() - start);
}

}  // namespace

ResourceSampler::ResourceSampler(FileSystem& files, const Clock& clock, const v1::LaunchSpec& spec)
    : files_(files),
      clock_(clock),
      spec_(spec),
      gpus_(spec.gpus().nvidia_smi(), {spec.gpus().uuids().begin(), spec.gpus().uuids().end()}) {}

void ResourceSampler::Begin(Program& program, const ReplicaGroup& group) {
  start_ = steady_clock::now();
  sample_ = {};
  sample_.time = clock_.Now();
  reaped_before_ = ReadBlockBytesOfReaped();
  const std::string path = JoinPath(spec_.replica_dir(), model::SamplesFile(spec_.restart()));
  Result<std::unique_ptr<AppendFile>> file = files_.OpenAppend(path, 0);
  Status status = file.status();
  if (file.ok()) {
    file_ = *std::move(file);
    status = file_->Append(model::SampleFileHeader(sample_.time));
  }
  if (!status.ok()) {
    file_.reset();
    Log(LogLevel::kWarning, "no resource samples are kept", {{"status", status.ToString()}});
  }
  Look(program, group);
}

// A process that begins or ends meanwhile may be missed, or be in its parent's sum and its own: a
// sum never falls.
void ResourceSampler::MeasureProcesses(const std::vector<pid_t>& pids, const Program& program) {
  milliseconds user = duration_cast<milliseconds>(nanoseconds(program.cpu_user_ns()));
  milliseconds system = duration_cast<milliseconds>(nanoseconds(program.cpu_system_ns()));
  sample_.processes = 0;
  sample_.threads = 0;
  std::int64_t resident = 0;
  std::optional<BlockBytes> disk = ReadBlockBytesOfReaped();
  if (disk && reaped_before_) {
    disk->read = std::max<std::int64_t>(0, disk->read - reaped_before_->read);
    disk->written = std::max<std::int64_t>(0, disk->written - reaped_before_->written);
  }
  std::vector<Resident> living;
  for (const pid_t pid : pids) {
    const std::optional<ProcessUse> use = ReadProcessUse(pid);
    if (!use) continue;
    user += use->cpu_user;
    system += use->cpu_system;
    if (const std::optional<BlockBytes> bytes = ReadBlockBytes(pid); bytes && disk) {
      disk->read += bytes->read;
      disk->written += bytes->written;
    }
    if (use->state == 'Z') continue;
    ++sample_.processes;
    sample_.threads += use->threads;
    resident += use->resident_bytes;
    living.push_back({pid, use->resident_bytes});
  }
  sample_.cpu_user = std::max(sample_.cpu_user, user);
  sample_.cpu_system = std::max(sample_.cpu_system, system);
  if (disk) {
    model::DiskSample& sum = sample_.disk ? *sample_.disk : sample_.disk.emplace();
    sum.read_bytes = std::max(sum.read_bytes, disk->read);
    sum.written_bytes = std::max(sum.written_bytes, disk->written);
  }
  MeasureMemory(std::move(living), resident);
}

void ResourceSampler::MeasureMemory(std::vector<Resident> processes, std::int64_t resident) {
  pss_cpu_ = {};
  std::vector<pid_t> pids;
  for (const Resident& process : processes) pids.push_back(process.pid);
  const bool are_others = pids != pss_pids_;
  if (steady_clock::now() >= (are_others ? next_pss_of_others_ : next_pss_)) {
    const nanoseconds before = ThreadCpu();
    const SteadyTime begun = steady_clock::now();
    const PssSum sum =
        SumPss(std::move(processes), std::numeric_limits<std::int64_t>::max(), kPssPatience);
    has_pss_ = sum.any_told || pids.empty();
    pss_ = sum.bytes;
    pss_is_whole_ = sum.resident_of_rest == 0;
    // The others share as much as those that were seen.
    if (!pss_is_whole_ && sum.resident_of_seen > 0) {
      pss_ += static_cast<std::int64_t>(static_cast<double>(sum.resident_of_rest) *
                                        static_cast<double>(sum.bytes) /
                                        static_cast<double>(sum.resident_of_seen));
    }
    resident_then_ = resident;
    pss_cpu_ = ThreadCpu() - before;
    pss_pids_ = pids;
    const SteadyTime ended = steady_clock::now();
    const nanoseconds pause = kPssPause * (ended - begun);
    next_pss_ = ended + std::max<nanoseconds>(kPssShare * pss_cpu_, pause);
    next_pss_of_others_ = ended + std::max<nanoseconds>(kPssOfOthersShare * pss_cpu_, pause);
  }
  sample_.memory_is_resident = !has_pss_;
  sample_.memory_bytes =
      has_pss_ ? std::clamp<std::int64_t>(pss_ + resident - resident_then_, 0, resident) : resident;
  // Of a process that was forked since, RSS has its parent's pages once more: no figure to keep.
  if (!has_pss_ || (pids == pss_pids_ && pss_is_whole_))
    peak_memory_ = std::max(peak_memory_, sample_.memory_bytes);
}

void ResourceSampler::Measure(const Program& program, const ReplicaGroup& group, bool is_last) {
  const std::vector<pid_t> pids = group.holds_all() ? group.Processes() : program.Processes();
  MeasureProcesses(pids, program);
  if (const std::optional<ControlGroup::CpuTime> cpu = group.Cpu()) {
    // The group's is of those too that nobody waited for.
    sample_.cpu_user = std::max(sample_.cpu_user, duration_cast<milliseconds>(cpu->user));
    sample_.cpu_system = std::max(sample_.cpu_system, duration_cast<milliseconds>(cpu->system));
  }
  std::set<std::uint32_t> sockets;
  for (const pid_t pid : pids) AddSockets(pid, sockets);
  sample_.network = network_.Look(sockets, steady_clock::now(), is_last);
  peak_processes_ = std::max(peak_processes_, sample_.processes);
  peak_threads_ = std::max(peak_threads_, sample_.threads);
}

void ResourceSampler::Look(Program& program, const ReplicaGroup& group) {
  const SteadyTime now = steady_clock::now();
  if (now < next_) return;
  const nanoseconds before = ThreadCpu();
  gpus_.Look(now);
  if (const std::optional<pid_t> child = gpus_.pid()) program.SetAside(*child);
  Measure(program, group, false);
  sample_.elapsed = Since(start_);
  if (sample_.elapsed + kSlack >= next_write_) Write();
  const nanoseconds took = ThreadCpu() - before;
  own_cpu_ += took;
  ++looks_;
  const nanoseconds share = kLookShare * (took - pss_cpu_ - network_.find_cpu());
  const nanoseconds wait = std::min(kRarestLook, model::SampleInterval(sample_.elapsed));
  next_ = now + std::clamp<nanoseconds>(share, wait, kLongestGap);
}

void ResourceSampler::End(const Program& program, const ReplicaGroup& group) {
  Measure(program, group, true);
  sample_.elapsed = Since(start_);
  Write();
  gpus_.Stop();
}

// On a full disk it is left out: what is written next finds its place behind a torn one.
void ResourceSampler::Write() {
  next_write_ = sample_.elapsed + model::SampleInterval(sample_.elapsed);
  sample_.gpus = gpus_.Take(steady_clock::now());
  if (file_ == nullptr) return;
  std::string bytes;
  model::EncodeSample(sample_, bytes);
  if (file_->offset() + bytes.size() > model::kMostSampleBytes) return;
  static_cast<void>(file_->Append(bytes));
}

void ResourceSampler::Sum(const Program& program, v1::ResourceUse& use) const {
  const nanoseconds user =
      std::max<nanoseconds>(sample_.cpu_user, nanoseconds(program.cpu_user_ns()));
  const nanoseconds system =
      std::max<nanoseconds>(sample_.cpu_system, nanoseconds(program.cpu_system_ns()));
  use.set_wall_ms(sample_.elapsed.count());
  use.set_cpu_user_ns(user.count());
  use.set_cpu_system_ns(system.count());
  use.set_peak_memory_bytes(peak_memory_);
  use.set_peak_processes(peak_processes_);
  use.set_peak_threads(peak_threads_);
  if (sample_.disk) {
    use.mutable_disk()->set_read_bytes(sample_.disk->read_bytes);
    use.mutable_disk()->set_written_bytes(sample_.disk->written_bytes);
  }
  if (sample_.network) {
    v1::NetworkUse& network = *use.mutable_network();
    network.set_sent_bytes(sample_.network->sent_bytes);
    network.set_received_bytes(sample_.network->received_bytes);
    network.set_loopback_sent_bytes(sample_.network->loopback_sent_bytes);
    network.set_loopback_received_bytes(sample_.network->loopback_received_bytes);
    network.set_of_host(sample_.network->of_host);
  }
  for (std::size_t i = 0; i < gpus_.peaks().size(); ++i) {
    const GpuWatch::Peak& peak = gpus_.peaks()[i];
    v1::GpuUse& gpu = *use.add_gpus();
    gpu.set_uuid(spec_.gpus().uuids(static_cast<int>(i)));
    gpu.set_peak_memory_bytes(peak.memory_bytes);
    if (peak.duty_count > 0)
      gpu.set_mean_duty_percent(static_cast<int>(peak.duty_sum / peak.duty_count));
    gpu.set_was_seen(peak.duty_count > 0 || peak.memory_bytes > 0);
  }
}

}  // namespace mlengine::runner
