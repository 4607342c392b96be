#include "runtimes/runtime_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "model/runtime_folder.h"
#include "runtimes/environment_builder.h"
#include "runtimes/folder_lock.h"
#include "runtimes/python_probe.h"
#include "runtimes/python_search.h"
#include "runtimes/runtime_record.h"

namespace mlengine::runtimes {
namespace {

using OnLine = std::function<bool(std::string_view)>;

constexpr std::chrono::milliseconds kLockLook(100);
constexpr std::size_t kFolderDigits = 12;  // of the digest, in a folder's name

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// All files of the file system below `folder` are on the disk when this returns OK.
Status SyncAll(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::syncfs(fd.get()) != 0) return ErrnoError(errno, "sync " + folder);
  return OkStatus();
}

class FileRuntimeStore final : public RuntimeStore {
 public:
  FileRuntimeStore(std::string folder, policy::RuntimeCatalog catalog)
      : folder_(std::move(folder)),
        catalog_(std::move(catalog)),
        search_({Variable("PATH"), Variable("HOME"), Variable("PYENV_ROOT")}) {}

  // Reads what is built and removes what is half-built.
  Status Start() {
    MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(folder_));
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(folder_));
    for (const std::string& name : names) {
      if (!IsFolder(JoinPath(folder_, name))) continue;
      MLENGINE_ASSIGN_OR_RETURN(const auto lock, FolderLock::Try(LockFile(name)));
      if (lock) RemoveHalfBuilt(name);
      for (const std::string& built : BuiltFolders(name)) Load(name, built);
    }
    static_cast<void>(Installed());  // asks the existing interpreters now, not in the first job
    return OkStatus();
  }

  const policy::RuntimeCatalog& catalog() const override { return catalog_; }

  std::vector<InstalledRuntime> Installed() override {
    const std::lock_guard lock(mutex_);
    std::vector<InstalledRuntime> installed;
    for (const policy::RuntimeVersion& version : catalog_.versions()) {
      if (!version.interpreter.empty()) {
        if (auto runtime = FindExisting(version)) installed.push_back(*std::move(runtime));
        continue;
      }
      for (const Built* built : BestBuilt(version)) installed.push_back(built->runtime);
    }
    return installed;
  }

  RuntimeOutlook Outlook(const policy::RuntimeVersion& version) override {
    using State = RuntimeOutlook::State;
    if (!version.interpreter.empty()) {
      const Status there = CheckExisting(version);
      return {there.ok() ? State::kInstalled : State::kMissing, there.message(), ""};
    }
    {
      const std::lock_guard lock(mutex_);
      if (!BestBuilt(version).empty()) return {State::kInstalled, "", ""};
    }
    if (!version.unavailable.empty()) return {State::kUnavailable, version.unavailable, ""};
    const Result<PythonProbe> python = search_.Find(version, "");
    if (!python.ok()) return {State::kMissing, python.status().message(), ""};
    return {State::kAvailable, "", python->version};
  }

  Status Install(const std::string& name, const std::string& python_version,
                 const OnLine& on_line) override {
    const policy::RuntimeVersion* version = catalog_.Find(name);
    if (version == nullptr) {
      return NotFoundError("runtime version " + name +
                           " cannot be installed on this machine: it is not in the catalog; "
                           "`mlengine runtimes list` shows those that are");
    }
    if (!version->interpreter.empty()) return CheckExisting(*version);
    if (!version->unavailable.empty()) {
      return FailedPreconditionError("runtime version " + name +
                                     " can be built no more: " + version->unavailable);
    }
    if (HasFitting(name, python_version)) return OkStatus();
    MLENGINE_ASSIGN_OR_RETURN(const PythonProbe python, search_.Find(*version, python_version));
    MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(JoinPath(folder_, name)));
    MLENGINE_ASSIGN_OR_RETURN(const FolderLock lock, WaitForLock(name, on_line));
    // Whoever held the lock may have built it.
    for (const std::string& built : BuiltFolders(name)) Load(name, built);
    if (HasFitting(name, python_version)) return OkStatus();
    RemoveHalfBuilt(name);
    return Build(*version, python, lock, on_line);
  }

  Result<std::vector<InstalledRuntime>> Uninstall(const std::string& name,
                                                  const std::string& python_version) override {
    const policy::RuntimeVersion* version = catalog_.Find(name);
    if (version != nullptr && !version->interpreter.empty()) {
      return FailedPreconditionError("runtime version " + name + " is this machine's " +
                                     version->interpreter +
                                     ", which is not the engine's to remove");
    }
    const std::vector<Built> condemned = BuiltOf(name, python_version);
    if (condemned.empty()) {
      return NotFoundError("runtime version " + name +
                           (python_version.empty() ? "" : " with Python " + python_version) +
                           " is not installed");
    }
    std::vector<InstalledRuntime> usable;
    for (const InstalledRuntime& runtime : Installed()) {
      if (std::ranges::any_of(condemned, [&](const Built& built) {
            return built.runtime.interpreter == runtime.interpreter;
          }))
        usable.push_back(runtime);
    }
    MLENGINE_ASSIGN_OR_RETURN(const auto installing, FolderLock::Try(LockFile(name)));
    if (!installing) {
      return FailedPreconditionError("an installation of runtime " + name +
                                     " is under way; wait until it has ended");
    }
    std::vector<FolderLock> unused;  // all first: everything is removed or nothing
    for (const Built& built : condemned) {
      MLENGINE_ASSIGN_OR_RETURN(auto lock, FolderLock::Try(RecordOf(built)));
      if (!lock) {
        return FailedPreconditionError("a job runs on runtime version " + name + " (Python " +
                                       built.runtime.python_version +
                                       "); wait until it has ended, or cancel it");
      }
      unused.push_back(*std::move(lock));
    }
    for (const Built& built : condemned) MLENGINE_RETURN_IF_ERROR(RemoveBuilt(built));
    return usable;
  }

  void RemoveSuperseded(const std::string& name) override {
    const auto installing = FolderLock::Try(LockFile(name));
    if (!installing.ok() || !*installing) return;
    const std::vector<Built> all = BuiltOf(name, "");
    for (const Built& old : all) {
      const bool superseded = !old.fits && std::ranges::any_of(all, [&old](const Built& other) {
        return other.fits &&
               MajorMinor(other.runtime.python_version) == MajorMinor(old.runtime.python_version);
      });
      if (!superseded) continue;
      const auto unused = FolderLock::Try(RecordOf(old));
      if (!unused.ok() || !*unused) continue;  // a replica runs on it
      const Status removed = RemoveBuilt(old);
      Log(LogLevel::kInfo, "removed a superseded runtime",
          {{"folder", old.folder}, {"status", removed.ToString()}});
    }
  }

 private:
  struct Built {
    InstalledRuntime runtime;
    std::string folder;
    Time created;
    bool fits = false;  // made of just what the catalog asks for
  };
  // An interpreter that was there before us, as last asked.
  struct Existing {
    std::string key;  // changes when the files behind the name do
    Result<PythonProbe> probe = NotFoundError("not asked yet");
  };

  bool IsFolder(const std::string& path) {
    const Result<FileStat> stat = files_.Stat(path);
    return stat.ok() && stat->is_directory;
  }
  std::string LockFile(const std::string& name) const {
    return JoinPath(JoinPath(folder_, name), "lock");
  }

  // Folders of environments of a runtime, half-built ones too.
  std::vector<std::string> Folders(const std::string& name) {
    std::vector<std::string> folders;
    const auto entries = files_.List(JoinPath(folder_, name));
    for (const std::string& entry : entries.value_or({})) {
      std::string path = JoinPath(JoinPath(folder_, name), entry);
      if (IsFolder(path)) folders.push_back(std::move(path));
    }
    return folders;
  }
  bool IsComplete(const std::string& folder) {
    return files_.Stat(JoinPath(folder, model::kRuntimeRecordFile)).ok();
  }
  std::vector<std::string> BuiltFolders(const std::string& name) {
    std::vector<std::string> folders = Folders(name);
    std::erase_if(folders, [this](const std::string& folder) { return !IsComplete(folder); });
    return folders;
  }
  // Only under the lock: what lacks its record belongs to nobody then.
  void RemoveHalfBuilt(const std::string& name) {
    for (const std::string& folder : Folders(name)) {
      if (IsComplete(folder)) continue;
      const Status removed = files_.RemoveTree(folder);
      Log(LogLevel::kInfo, "removed a half-built runtime",
          {{"folder", folder}, {"status", removed.ToString()}});
    }
  }

  // Reads one complete environment into built_. One that cannot be read is left out, and told.
  void Load(const std::string& name, const std::string& folder) {
    const auto read = [&]() -> Result<Built> {
      MLENGINE_ASSIGN_OR_RETURN(const std::string text,
                                files_.Read(JoinPath(folder, model::kRuntimeRecordFile)));
      MLENGINE_ASSIGN_OR_RETURN(const RuntimeRecord record, DecodeRecord(text));
      Built built;
      built.runtime = {name, JoinPath(folder, record.interpreter), record.python_version,
                       record.digest};
      built.folder = folder;
      built.created = record.created;
      if (const policy::RuntimeVersion* version = catalog_.Find(name); version != nullptr) {
        const auto digest = EnvironmentDigest(*version, record.python_version);
        built.fits = digest.ok() && *digest == record.digest;
      }
      return built;
    };
    Result<Built> built = read();
    if (!built.ok()) {
      Log(LogLevel::kWarning, "cannot use a runtime",
          {{"folder", folder}, {"error", built.status().ToString()}});
      return;
    }
    const std::lock_guard lock(mutex_);
    std::erase_if(built_, [&built](const Built& old) {
      return old.runtime.interpreter == built->runtime.interpreter;
    });
    built_.push_back(*std::move(built));
  }

  // With mutex_: for each Python, in the catalog's order, what the catalog asks for now, else the
  // newest.
  std::vector<const Built*> BestBuilt(const policy::RuntimeVersion& version) {
    std::map<std::size_t, const Built*> best;  // by the place of its Python
    for (const Built& built : built_) {
      if (built.runtime.name != version.name ||
          ::access(built.runtime.interpreter.c_str(), X_OK) != 0)
        continue;
      const auto& pythons = version.python_versions;
      const auto place = static_cast<std::size_t>(
          std::ranges::find(pythons, MajorMinor(built.runtime.python_version)) - pythons.begin());
      const Built*& chosen = best[place];
      if (chosen == nullptr ||
          std::pair(chosen->fits, chosen->created) < std::pair(built.fits, built.created))
        chosen = &built;
    }
    std::vector<const Built*> ordered;
    for (const auto& [place, built] : best) ordered.push_back(built);
    return ordered;
  }
  // Complete environments of a runtime, with one Python or ("") all.
  std::vector<Built> BuiltOf(const std::string& name, const std::string& python_version) {
    const std::lock_guard lock(mutex_);
    std::vector<Built> found;
    for (const Built& built : built_) {
      if (built.runtime.name == name &&
          (python_version.empty() || MajorMinor(built.runtime.python_version) == python_version) &&
          IsComplete(built.folder))
        found.push_back(built);
    }
    return found;
  }
  bool HasFitting(const std::string& name, const std::string& python_version) {
    const std::vector<Built> all = BuiltOf(name, python_version);
    return std::ranges::any_of(all, [](const Built& built) {
      return built.fits && ::access(built.runtime.interpreter.c_str(), X_OK) == 0;
    });
  }
  static std::string RecordOf(const Built& built) {
    return JoinPath(built.folder, model::kRuntimeRecordFile);
  }
  // Under the locks of its runtime and of itself. Its record goes first: what is left of an
  // interrupted removal is half-built.
  Status RemoveBuilt(const Built& built) {
    MLENGINE_RETURN_IF_ERROR(files_.Remove(RecordOf(built)));
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(built_, [&built](const Built& other) { return other.folder == built.folder; });
    }
    return files_.RemoveTree(built.folder);
  }

  // With mutex_. Starts the interpreter only when the file behind the name is another than before.
  const Result<PythonProbe>& AskExisting(const policy::RuntimeVersion& version) {
    const std::vector<std::string> files = FindOnPath(version.interpreter, Variable("PATH"));
    std::string key;
    for (const std::string& file : files) {
      const Result<FileStat> stat = files_.Stat(file);
      if (stat.ok())
        key +=
            file + ":" + std::to_string(stat->inode) + ":" + std::to_string(stat->mtime_ns) + ";";
    }
    Existing& existing = existing_[version.name];
    if (existing.key == key && !key.empty()) return existing.probe;
    existing.key = key;
    existing.probe =
        FailedPreconditionError("runtime version " + version.name + " needs " +
                                version.interpreter + ", which is not on this machine; install it");
    for (const std::string& file : files) {
      existing.probe = ProbePython(file);
      if (existing.probe.ok()) break;
    }
    return existing.probe;
  }
  std::optional<InstalledRuntime> FindExisting(const policy::RuntimeVersion& version) {
    const Result<PythonProbe>& probe = AskExisting(version);
    if (!probe.ok()) return std::nullopt;
    // Nobody tells when such an environment changes; its package folders' times do.
    Hasher hasher(Hasher::Kind::kSha256);
    hasher.Update(probe->executable + "\n" + probe->version + "\n");
    for (const std::string& folder : probe->site_packages) {
      const Result<FileStat> stat = files_.Stat(folder);
      hasher.Update(folder + " " + std::to_string(stat.ok() ? stat->mtime_ns : 0) + "\n");
    }
    return InstalledRuntime{version.name, probe->executable, probe->version,
                            HexEncode(hasher.Finish())};
  }
  Status CheckExisting(const policy::RuntimeVersion& version) {
    const std::lock_guard lock(mutex_);
    return AskExisting(version).status();
  }

  Result<FolderLock> WaitForLock(const std::string& name, const OnLine& on_line) {
    bool told = false;
    while (true) {
      MLENGINE_ASSIGN_OR_RETURN(std::optional<FolderLock> lock, FolderLock::Try(LockFile(name)));
      if (lock) return *std::move(lock);
      if (!on_line(told ? ""
                        : "Another installation of runtime " + name + " is under way; waiting"))
        return CancelledError("the installation of runtime " + name + " was stopped");
      told = true;
      std::this_thread::sleep_for(kLockLook);
    }
  }

  // Under the lock. Visible as the last step, or gone.
  Status Build(const policy::RuntimeVersion& version, const PythonProbe& python,
               const FolderLock& lock, const OnLine& on_line) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string digest, EnvironmentDigest(version, python.version));
    const std::string folder =
        JoinPath(JoinPath(folder_, version.name), digest.substr(0, kFolderDigits));
    MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(folder));
    Status status = BuildEnvironment({version, python, folder, lock.fd()}, on_line);
    if (status.ok()) status = SyncAll(folder);
    if (status.ok()) {
      const RuntimeRecord record{version.name, "bin/python", python.version, digest,
                                 SystemClock().Now()};
      status =
          files_.WriteAtomic(JoinPath(folder, model::kRuntimeRecordFile), EncodeRecord(record));
    }
    if (!status.ok()) {
      static_cast<void>(files_.RemoveTree(folder));
      return status;
    }
    Load(version.name, folder);
    return OkStatus();
  }

  const std::string folder_;
  const policy::RuntimeCatalog catalog_;
  FileSystem& files_ = RealFileSystem();
  PythonSearch search_;
  std::mutex mutex_;
  std::vector<Built> built_;                  // guarded by mutex_
  std::map<std::string, Existing> existing_;  // by runtime; guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<RuntimeStore>> OpenRuntimeStore(const std::string& folder,
                                                       policy::RuntimeCatalog catalog) {
  // Children run in other folders, and interpreters are handed on.
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(folder, error).string();
  if (error) return ErrnoError(error.value(), "find " + folder);
  auto store = std::make_unique<FileRuntimeStore>(absolute, std::move(catalog));
  MLENGINE_RETURN_IF_ERROR(store->Start());
  return std::unique_ptr<RuntimeStore>(std::move(store));
}

}  // namespace mlengine::runtimes
