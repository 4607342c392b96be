#include "base/control_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/file_system.h"

namespace mlengine {
namespace {

// Those of version 1, each a hierarchy of its own, that a group is made in.
constexpr std::string_view kControllers[] = {"memory", "pids", "cpu"};

bool Exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// Its files take a value by one write, without a rename.
Status WriteValue(const std::string& path, const std::string& value) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoError(errno, "open " + path);
  if (::write(file.get(), value.data(), value.size()) < 0)
    return ErrnoError(errno, "write " + path);
  return OkStatus();
}

std::string ReadSmall(const std::string& path) {
  return RealFileSystem().Read(path).value_or("");
}

bool HasWord(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find_first_of(" \n"));
    if (first == word) return true;
    text.remove_prefix(std::min(text.size(), first.size() + 1));
  }
  return false;
}

// The own group's path of that controller ("memory" of v1, "" of v2); "" when there is none.
std::string OwnPath(const std::string& own, std::string_view controller) {
  std::string_view rest = own;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    std::string controllers(line.substr(first + 1, second - first - 1));
    std::ranges::replace(controllers, ',', ' ');
    const bool matches =
        controller.empty() ? controllers.empty() : HasWord(controllers, controller);
    if (matches) return std::string(line.substr(second + 1));
  }
  return "";
}

struct Parent {
  std::string folder;
  int version = 0;
};

// The folder of version 2 below which a group may be made: the nearest that gives most of the
// controllers on; in a hybrid layout, where version 1 has these, the own one.
std::string ParentOfVersion2(const ControlGroup::Places& places, const std::string& own) {
  std::string path = OwnPath(own, "");
  if (path.empty()) return "";
  const bool whole = Exists(places.mounts + "/cgroup.controllers");
  const std::string mount = whole ? places.mounts : places.mounts + "/unified";
  std::string best;
  int best_count = -1;
  while (true) {
    const std::string folder = mount + (path == "/" ? "" : path);
    if (Exists(folder + "/cgroup.procs") && ::access(folder.c_str(), W_OK) == 0) {
      const std::string given = ReadSmall(folder + "/cgroup.subtree_control");
      const int count = (HasWord(given, "memory") ? 2 : 0) + (HasWord(given, "pids") ? 1 : 0);
      if (count > best_count) {
        best = folder;
        best_count = count;
      }
      if (count == 3 || !whole) break;
    }
    if (path == "/") break;
    path = path.substr(0, path.rfind('/'));
    if (path.empty()) path = "/";
  }
  return best;
}

std::string ParentOfVersion1(const ControlGroup::Places& places, const std::string& own,
                             std::string_view controller) {
  const std::string path = OwnPath(own, controller);
  if (path.empty()) return "";
  // In a container the path is that outside of it.
  for (const std::string& below : {path, std::string("/")}) {
    std::string folder =
        places.mounts + "/" + std::string(controller) + (below == "/" ? "" : below);
    if (Exists(folder + "/cgroup.procs")) return folder;
  }
  return "";
}

std::vector<Parent> FindParents(const ControlGroup::Places& places) {
  const std::string own = ReadSmall(places.own);
  std::vector<Parent> parents;
  for (const std::string_view controller : kControllers) {
    if (std::string folder = ParentOfVersion1(places, own, controller); !folder.empty())
      parents.push_back({std::move(folder), 1});
  }
  if (std::string folder = ParentOfVersion2(places, own); !folder.empty()) {
    parents.push_back({std::move(folder), 2});
  } else if (folder = ParentOfVersion1(places, own, "freezer"); !folder.empty()) {
    // Only what can end a group whole is wanted of it.
    parents.push_back({std::move(folder), 1});
  }
  return parents;
}

// Folders of the group and of those that its processes may have made below it, the deepest first.
void WalkGroups(const std::string& folder, const std::function<void(const std::string&)>& visit) {
  if (DIR* open = ::opendir(folder.c_str()); open != nullptr) {
    std::vector<std::string> below;
    while (const dirent* entry = ::readdir(open)) {
      if (entry->d_type == DT_DIR && entry->d_name[0] != '.') below.emplace_back(entry->d_name);
    }
    ::closedir(open);
    for (const std::string& name : below) WalkGroups(JoinPath(folder, name), visit);
  }
  visit(folder);
}

std::vector<pid_t> ProcessesOf(const std::string& folder) {
  std::vector<pid_t> pids;
  WalkGroups(folder, [&](const std::string& group) {
    const std::string text = ReadSmall(group + "/cgroup.procs");
    const char* at = text.c_str();
    char* end = nullptr;
    for (long pid = 0; (pid = std::strtol(at, &end, 10)) > 0; at = end)
      pids.push_back(static_cast<pid_t>(pid));
  });
  return pids;
}

bool RemoveGroups(const std::string& folder) {
  WalkGroups(folder, [](const std::string& group) { ::rmdir(group.c_str()); });
  return !Exists(folder);
}

// A frozen group neither forks nor ends, so the list of its processes is whole.
void KillFrozen(const std::string& folder) {
  const std::string state = folder + "/freezer.state";
  for (int i = 0; i < 20; ++i) {
    // Again and again: what was forked meanwhile is frozen by the next.
    static_cast<void>(WriteValue(state, "FROZEN"));
    if (ReadSmall(state).starts_with("FROZEN")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const pid_t pid : ProcessesOf(folder)) ::kill(pid, SIGKILL);
  static_cast<void>(WriteValue(state, "THAWED"));
}

}  // namespace

std::string ControlGroup::NameOf(std::string_view prefix, pid_t maker, std::string_view tail) {
  return std::string(prefix) + "-" + std::to_string(maker) + "-" + std::string(tail);
}

Result<std::unique_ptr<ControlGroup>> ControlGroup::Make(const std::string& name,
                                                         const Limits& limits,
                                                         const Places& places) {
  std::unique_ptr<ControlGroup> group(new ControlGroup);
  Status why = FailedPreconditionError("no cgroup may be made below that of this program");
  for (const Parent& parent : FindParents(places))
    group->AddPart(parent.folder, parent.version, name, why);
  if (group->parts_.empty()) return FailedPreconditionError(why.message());
  group->Limit(limits, why);
  return group;
}

std::unique_ptr<ControlGroup> ControlGroup::Open(const std::vector<std::string>& folders) {
  std::unique_ptr<ControlGroup> group(new ControlGroup);
  for (const std::string& folder : folders) {
    if (!Exists(folder + "/cgroup.procs")) continue;
    group->parts_.push_back({folder, Exists(folder + "/cgroup.controllers") ? 2 : 1});
  }
  return group;
}

void ControlGroup::Sweep(std::string_view prefix, const Places& places) {
  const std::string start = std::string(prefix) + "-";
  for (const Parent& parent : FindParents(places)) {
    DIR* open = ::opendir(parent.folder.c_str());
    if (open == nullptr) continue;
    std::vector<std::string> dead;
    while (const dirent* entry = ::readdir(open)) {
      const std::string_view name = entry->d_name;
      if (!name.starts_with(start)) continue;
      const long pid = std::atol(entry->d_name + start.size());
      if (pid > 0 && !Exists("/proc/" + std::to_string(pid))) dead.emplace_back(name);
    }
    ::closedir(open);
    for (const std::string& name : dead) RemoveGroups(JoinPath(parent.folder, name));
  }
}

ControlGroup::~ControlGroup() {
  Remove();
}

bool ControlGroup::AddPart(const std::string& parent, int version, const std::string& name,
                           Status& why) {
  std::string folder = JoinPath(parent, name);
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    why = ErrnoError(errno, "make cgroup " + folder);
    return false;
  }
  parts_.push_back({std::move(folder), version});
  return true;
}

void ControlGroup::Limit(const Limits& limits, Status& why) {
  const auto set = [&](const std::string& file, std::int64_t value) {
    if (!Exists(file)) return false;
    const Status status = WriteValue(file, value > 0 ? std::to_string(value) : "max");
    if (!status.ok()) why = status;
    return status.ok();
  };
  for (const Part& part : parts_) {
    const std::string memory =
        part.folder + (part.version == 1 ? "/memory.limit_in_bytes" : "/memory.max");
    if (limits.memory_bytes > 0 && set(memory, limits.memory_bytes)) {
      keeps_memory_ = true;
      // All of the program or nothing of it: a part that is left would hang. Older kernels, and
      // version 1, cannot.
      if (part.version == 2) static_cast<void>(WriteValue(part.folder + "/memory.oom.group", "1"));
    }
    if (limits.tasks > 0 && set(part.folder + "/pids.max", limits.tasks)) keeps_tasks_ = true;
    shares_cpu_ =
        shares_cpu_ || Exists(part.folder + "/cpu.shares") || Exists(part.folder + "/cpu.weight");
  }
}

Status ControlGroup::Add(pid_t pid) {
  Status first;
  for (const Part& part : parts_) {
    const Status added = WriteValue(part.folder + "/cgroup.procs", std::to_string(pid));
    if (first.ok()) first = added;
  }
  return first;
}

const ControlGroup::Part* ControlGroup::PartOfVersion2() const {
  const auto found = std::ranges::find(parts_, 2, &Part::version);
  return found == parts_.end() ? nullptr : &*found;
}

UniqueFd ControlGroup::OpenForBirth() const {
  const Part* const part = PartOfVersion2();
  return UniqueFd(
      part == nullptr ? -1 : ::open(part->folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::vector<pid_t> ControlGroup::Born() const {
  const Part* const part = PartOfVersion2();
  return part == nullptr ? std::vector<pid_t>{} : ProcessesOf(part->folder);
}

void ControlGroup::Kill() {
  // No further fork succeeds, where that can be said.
  for (const Part& part : parts_) {
    if (Exists(part.folder + "/pids.max"))
      static_cast<void>(WriteValue(part.folder + "/pids.max", "0"));
  }
  for (const Part& part : parts_) {
    if (WriteValue(part.folder + "/cgroup.kill", "1").ok()) continue;
    if (Exists(part.folder + "/freezer.state")) {
      KillFrozen(part.folder);
    } else {
      for (const pid_t pid : ProcessesOf(part.folder)) ::kill(pid, SIGKILL);
    }
  }
}

bool ControlGroup::IsEmpty() const {
  return std::ranges::all_of(parts_,
                             [](const Part& part) { return ProcessesOf(part.folder).empty(); });
}

bool ControlGroup::Remove() {
  std::erase_if(parts_, [](const Part& part) { return RemoveGroups(part.folder); });
  return parts_.empty();
}

std::string_view ControlGroup::version() const {
  const bool first =
      std::ranges::any_of(parts_, [](const Part& part) { return part.version == 1; });
  return first ? "version 1" : "version 2";
}

std::int64_t ControlGroup::Count(const char* v1_file, const char* v2_file,
                                 std::string_view key) const {
  for (const Part& part : parts_) {
    const std::string text =
        "\n" + ReadSmall(part.folder + (part.version == 1 ? v1_file : v2_file));
    const std::size_t at = text.find(key);
    if (at != std::string::npos) return std::atoll(text.c_str() + at + key.size());
  }
  return 0;
}

std::int64_t ControlGroup::OomKills() const {
  return Count("/memory.oom_control", "/memory.events", "\noom_kill ");
}

std::int64_t ControlGroup::RefusedTasks() const {
  return Count("/pids.events", "/pids.events", "\nmax ");
}

std::vector<pid_t> ControlGroup::Processes() const {
  return parts_.empty() ? std::vector<pid_t>{} : ProcessesOf(parts_.front().folder);
}

// Version 1 tells in nanoseconds, and only where cpu and cpuacct are one hierarchy.
std::optional<ControlGroup::CpuTime> ControlGroup::Cpu() const {
  for (const Part& part : parts_) {
    if (part.version == 1) {
      const std::string user = ReadSmall(part.folder + "/cpuacct.usage_user");
      const std::string system = ReadSmall(part.folder + "/cpuacct.usage_sys");
      if (user.empty() || system.empty()) continue;
      return CpuTime{std::chrono::nanoseconds(std::atoll(user.c_str())),
                     std::chrono::nanoseconds(std::atoll(system.c_str()))};
    }
    const std::string text = "\n" + ReadSmall(part.folder + "/cpu.stat");
    const std::size_t user = text.find("\nuser_usec ");
    const std::size_t system = text.find("\nsystem_usec ");
    if (user == std::string::npos || system == std::string::npos) continue;
    return CpuTime{std::chrono::microseconds(std::atoll(text.c_str() + user + 11)),
                   std::chrono::microseconds(std::atoll(text.c_str() + system + 13))};
  }
  return std::nullopt;
}

std::vector<std::string> ControlGroup::folders() const {
  std::vector<std::string> out;
  for (const Part& part : parts_) out.push_back(part.folder);
  return out;
}

}  // namespace mlengine
