#include "insight/health_hints.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "insight/job_progress.h"

namespace mlengine::insight {
namespace {

// Samples come each second to each five: a window has a hole at each end.
constexpr double kCovered = 0.9;
constexpr double kIdleCores = 0.01;
constexpr double kIdleRate = 1024;   // bytes a second: what keeps connections alive is less
constexpr double kIdleDuty = 5;      // percent
constexpr double kIdlePeak = 20;     // one busy moment is a step, or an evaluation
constexpr double kStarvedDuty = 40;  // percent
constexpr double kBusyShare = 0.85;  // of the machine's cores
constexpr double kNearLowWater = 1.2;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return Lower(c); });
  return out;
}
bool Has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}
std::string Decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}
std::string GigaBytes(double bytes) {
  return Decimal(std::max(bytes, 0.0) / (1U << 30)) + " GiB";
}

class Rules {
 public:
  Rules(const HealthFacts& facts, const HintLimits& limits) : facts_(facts), limits_(limits) {
    ran_ = facts.now - facts.running_since;
  }

  std::vector<Hint> All() {
    Losses();
    Silence();
    Gpus();
    Disk();
    Checkpoints();
    return std::move(hints_);
  }

 private:
  // All replicas were seen for the whole time, which lies within the run of all of them.
  bool SawAll() const {
    if (ran_ < limits_.idle_seconds || facts_.replicas.size() != facts_.replica_count ||
        facts_.replicas.empty())
      return false;
    return std::ranges::all_of(facts_.replicas, [this](const ReplicaUse& use) {
      return use.covered_seconds >= kCovered * limits_.idle_seconds;
    });
  }
  std::string Since() const { return "for " + DurationText(limits_.idle_seconds); }

  void Losses() {
    for (const LossTrouble& loss : facts_.losses) {
      // One value that is none may be a step that a loss scaling takes back.
      if (loss.values < 2) continue;
      const std::string run = loss.run == "." || loss.run.empty() ? "" : " (" + loss.run + ")";
      hints_.push_back(
          {"loss-not-finite",
           "The training diverged: " + loss.tag + run + " is NaN or infinite since step " +
               std::to_string(loss.since_step) +
               ", so what comes after is lost work. Cancel the job and try a smaller learning "
               "rate, clipped gradients, or a look at the input of that step."});
      return;
    }
  }

  void Silence() {
    if (!SawAll()) return;
    const double last = std::max(facts_.last_line_at.value_or(0), facts_.running_since);
    if (facts_.now - last < limits_.idle_seconds) return;
    double cores = 0;
    for (const ReplicaUse& use : facts_.replicas) {
      if (!use.io_rate || *use.io_rate > kIdleRate) return;
      if (use.gpus > 0 && (!use.gpu_duty || *use.gpu_duty >= kIdleDuty)) return;
      cores += use.cores;
    }
    if (cores > kIdleCores) return;
    const bool many = facts_.replica_count > 1;
    hints_.push_back(
        {"silent",
         "The job does nothing: " + std::string(many ? "its replicas have" : "its program has") +
             " written no line and used no CPU " + Since() +
             (many ? ". They may wait for each other: look whether all were given the same "
                     "TF_CONFIG and whether one has ended its part."
                   : ". It may wait for a lock, for input or for another machine.") +
             " Cancel the job if that is not meant: it is charged for while it waits."});
  }

  void Gpus() {
    if (!SawAll()) return;
    double all_cores = 0;
    for (const ReplicaUse& use : facts_.replicas) all_cores += use.cores;
    const bool cpu_is_full = all_cores >= kBusyShare * facts_.cores;
    for (const ReplicaUse& use : facts_.replicas) {
      if (use.gpus == 0 || !use.gpu_duty || !use.gpu_peak) continue;
      const std::string whose = use.task + "'s GPU" + (use.gpus > 1 ? "s were" : " was") + " busy ";
      const std::string share = Decimal(*use.gpu_duty) + " % of the time " + Since();
      if (cpu_is_full && *use.gpu_duty < kStarvedDuty) {
        hints_.push_back(
            {"input-bound", "The job waits for its input: " + whose + share + " while " +
                                Decimal(all_cores) + " of " + Decimal(facts_.cores) +
                                " CPU cores were. Decode and prepare the data beforehand, cache "
                                "it, read ahead (tf.data's prefetch, a DataLoader's workers), or "
                                "take a machine type with more CPUs for each GPU."});
      } else if (*use.gpu_duty < kIdleDuty && *use.gpu_peak < kIdlePeak) {
        hints_.push_back(
            {"gpu-idle", "A GPU is paid for and not used: " + whose + share +
                             ". Look whether the framework finds it (tf.config."
                             "list_physical_devices, torch.cuda.is_available) and whether the "
                             "model is placed on it; else take a machine type without one."});
      } else {
        continue;
      }
      return;
    }
  }

  void Disk() {
    if (!facts_.disk || !facts_.disk->by_this_job) return;
    const DiskFacts& disk = *facts_.disk;
    if (disk.covered_seconds < kCovered * limits_.idle_seconds || disk.bytes_per_second <= 0)
      return;
    const double room = disk.free_bytes - disk.low_water;
    const double left = std::max(room, 0.0) / disk.bytes_per_second;
    if (left > limits_.disk_seconds && disk.free_bytes > disk.low_water * kNearLowWater) return;
    hints_.push_back(
        {"disk-filling",
         "The disk of " + disk.folder + " fills while this job runs: " +
             GigaBytes(disk.free_bytes) + " are free, and at the pace of the last " +
             DurationText(disk.covered_seconds) + " the low-water mark of " +
             GigaBytes(disk.low_water) + " is reached in " + DurationText(left) +
             "; then new jobs and uploads are refused. Keep fewer checkpoints, write less, or make "
             "room."});
  }

  void Checkpoints() {
    if (!facts_.checkpoints || facts_.checkpoints->found || !facts_.tells_steps ||
        ran_ < limits_.checkpoint_seconds || facts_.checkpoints->folders.empty())
      return;
    std::string folders;
    for (const std::string& folder : facts_.checkpoints->folders)
      folders += (folders.empty() ? "" : ", ") + folder;
    hints_.push_back(
        {"no-checkpoint",
         "The job has trained for " + DurationText(ran_) +
             " and written no checkpoint: none is below " + folders +
             ". If it is ended now, everything is lost. Save one below the job-dir from time to "
             "time, and go on from the newest at the start; `mlengine jobs drill` tells whether "
             "that works."});
  }

  const HealthFacts& facts_;
  const HintLimits& limits_;
  double ran_ = 0;
  std::vector<Hint> hints_;
};

}  // namespace

std::vector<Hint> HealthHints(const HealthFacts& facts, const HintLimits& limits) {
  return Rules(facts, limits).All();
}

bool IsLoss(std::string_view tag) {
  const std::string text = Lower(tag);
  if (Has(text, "scale") || Has(text, "val_") || Has(text, "count")) return false;
  return Has(text, "loss") || text == "cost" || text.ends_with("/cost");
}

bool IsCheckpoint(std::string_view path) {
  constexpr std::array<std::string_view, 12> kEnds = {".ckpt", ".pt",   ".pth",         ".keras",
                                                      ".h5",   ".hdf5", ".safetensors", ".joblib",
                                                      ".pkl",  ".bst",  ".npz",         ".onnx"};
  constexpr std::array<std::string_view, 5> kBeginnings = {"model.ckpt", "ckpt", "checkpoint",
                                                           "saved_model", "weights"};
  std::string rest = Lower(path);
  const std::string name = rest.substr(rest.rfind('/') + 1);
  if (std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); }) ||
      Has(name, ".ckpt"))
    return true;
  // Also a folder of that name: checkpoint-500/…
  for (std::string_view left = rest; !left.empty();) {
    const std::size_t slash = std::min(left.find('/'), left.size());
    const std::string_view part = left.substr(0, slash);
    if (std::ranges::any_of(kBeginnings,
                            [&](std::string_view word) { return part.starts_with(word); }))
      return true;
    left.remove_prefix(std::min(slash + 1, left.size()));
  }
  return false;
}

}  // namespace mlengine::insight
