#include "runner/replica_group.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "model/replica_folder.h"
#include "runner/program.h"

namespace mlengine::runner {
namespace {

constexpr rlim_t kMostDescriptors = 1U << 20;
constexpr rlim_t kDescriptors = 1U << 16;

// A core file of a framework's process is as large as its memory, and nobody reads it here.
void LimitOwnResources() {
  const rlimit no_core{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_max = std::min(descriptors.rlim_max, kMostDescriptors);
  descriptors.rlim_cur = std::min(descriptors.rlim_max, kDescriptors);
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &descriptors));
}

std::int64_t FieldOf(const std::string& text, std::string_view key) {
  const std::size_t at = text.find(key);
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + key.size());
}

// Processes and threads of this user on the whole machine, which is what RLIMIT_NPROC counts.
std::int64_t OwnTasks() {
  std::int64_t tasks = 0;
  FileSystem& files = RealFileSystem();
  for (const std::string& name : files.List("/proc").value_or(std::vector<std::string>{})) {
    if (std::atol(name.c_str()) <= 0) continue;
    const std::string status = files.Read("/proc/" + name + "/status").value_or("");
    if (FieldOf(status, "\nUid:") == static_cast<std::int64_t>(::getuid()))
      tasks += FieldOf(status, "\nThreads:");
  }
  return tasks;
}

// Of one user all programs count together, so it is only raised above what there is, and bounds a
// bomb that is faster than the runner's look.
void LimitTasksOfUser(pid_t program, std::int64_t tasks) {
  if (::getuid() == 0) return;  // who is exempt from it
  rlimit limit{};
  if (::prlimit(program, RLIMIT_NPROC, nullptr, &limit) != 0) return;
  const auto wanted = static_cast<rlim_t>(OwnTasks() + tasks);
  limit.rlim_max = std::min(limit.rlim_max, wanted);
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::prlimit(program, RLIMIT_NPROC, &limit, nullptr));
}

}  // namespace

ReplicaGroup::ReplicaGroup(const v1::LaunchSpec& spec, const ControlGroup::Places& places,
                           v1::StatusRecord& record)
    : limits_(spec.limits()) {
  LimitOwnResources();
  ControlGroup::Sweep(model::kGroupPrefix, places);
  const std::string tail = model::GroupTail(
      spec.launch_token(), model::ReplicaMark(spec.role(), spec.index(), spec.restart()));
  auto made = ControlGroup::Make(ControlGroup::NameOf(model::kGroupPrefix, ::getpid(), tail),
                                 {limits_.memory_bytes(), limits_.pids()}, places);
  if (!made.ok()) {
    why_none_ = made.status().message();
    return;
  }
  group_ = *std::move(made);
  for (const std::string& folder : group_->folders()) record.add_control_groups(folder);
}

UniqueFd ReplicaGroup::OpenForBirth() const {
  return group_ == nullptr ? UniqueFd() : group_->OpenForBirth();
}

// Of version 1 the program may run before it is in the group: its first moments are spent in the
// interpreter, what it allocates comes after. What it may have forked is put in by hand.
void ReplicaGroup::Hold(pid_t program) {
  if (group_ != nullptr) {
    if (const Status added = group_->Add(program); !added.ok()) {
      complete_ = false;
      why_none_ = added.message();
    }
    std::vector<pid_t> started = group_->Born();
    if (started.size() <= 1) started = DescendantsOf(program);
    for (const pid_t process : started) {
      if (process != program) static_cast<void>(group_->Add(process));
    }
  }
  if (limits_.pids() > 0 && watches_tasks()) LimitTasksOfUser(program, limits_.pids());
}

bool ReplicaGroup::watches_memory() const {
  return limits_.memory_bytes() > 0 && !(group_ != nullptr && complete_ && group_->keeps_memory());
}

bool ReplicaGroup::watches_tasks() const {
  return limits_.pids() > 0 && !(group_ != nullptr && complete_ && group_->keeps_tasks());
}

std::string ReplicaGroup::Sentence() const {
  const std::string kept =
      group_ == nullptr ? "" : "kept by a cgroup of " + std::string(group_->version());
  const std::string watched = "watched by the runner";
  std::string text = "Limits: ";
  if (limits_.memory_bytes() > 0) {
    text += std::to_string(limits_.memory_bytes()) + " bytes of memory, " +
            (watches_memory() ? watched : kept) + "; ";
  }
  if (limits_.pids() > 0) {
    text += std::to_string(limits_.pids()) + " processes and threads, " +
            (watches_tasks() ? watched : kept) + "; ";
  }
  if (limits_.output_bytes() > 0)
    text += std::to_string(limits_.output_bytes()) + " bytes of output, " + watched + "; ";
  text += group_ != nullptr && group_->shares_cpu() ? "an equal share of busy CPUs; " : "";
  text += "no core files.";
  if (!why_none_.empty()) text += " No cgroup keeps them: " + why_none_ + ".";
  return text;
}

std::vector<pid_t> ReplicaGroup::Processes() const {
  return group_ == nullptr ? std::vector<pid_t>{} : group_->Processes();
}

std::optional<ControlGroup::CpuTime> ReplicaGroup::Cpu() const {
  return holds_all() ? group_->Cpu() : std::nullopt;
}

std::int64_t ReplicaGroup::OomKills() const {
  return group_ == nullptr ? 0 : group_->OomKills();
}

std::int64_t ReplicaGroup::RefusedTasks() const {
  return group_ == nullptr ? 0 : group_->RefusedTasks();
}

bool ReplicaGroup::Kill() {
  if (group_ == nullptr || group_->IsEmpty()) return true;
  group_->Kill();
  return false;
}

}  // namespace mlengine::runner
