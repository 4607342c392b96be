#include "runner/overlay.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/digest.h"
#include "model/python2_environment.h"

namespace mlengine::runner {
namespace {

constexpr std::string_view kMark = "complete";

// A virtual environment that sees all of the runtime's packages behind its own. The runtime may be
// one itself, so "system site packages" would show the wrong ones. It has a pip of its own only
// where the runtime has none, as Debian's Python by itself. After kPython2Environment.
constexpr std::string_view kCreate = R"py(
target = sys.argv[1]
seen = [p for p in sys.path if os.path.isdir(p) and os.path.basename(p) in ('site-packages', 'dist-packages')]
if sys.version_info[0] == 2:
    make_environment(target)
else:
    import importlib.util, venv
    venv.EnvBuilder(system_site_packages=False, symlinks=True,
                    with_pip=importlib.util.find_spec('pip') is None).create(target)
place = os.path.join(target, 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages')
with open(os.path.join(place, 'mlengine-runtime.pth'), 'w') as f:
    for p in seen:
        f.write('import site; site.addsitedir(%r)\n' % p)
)py";

bool CanBuildWheels(const Distributions& runtime) {
  if (!runtime.contains("setuptools")) return false;
  const auto newer = ParseRequirement("setuptools>=70.1");  // has the command itself
  return runtime.contains("wheel") || Meets(runtime, *newer);
}

}  // namespace

Overlay::Overlay(FileSystem& files, const std::string& cache_dir, const std::string& interpreter,
                 const std::string& runtime_digest, const std::vector<std::string>& sha256s)
    : files_(files), base_interpreter_(interpreter) {
  std::string identity = interpreter + "\n" + runtime_digest + "\n";
  for (const std::string& one : sha256s) identity += one + "\n";
  folder_ = JoinPath(cache_dir, "overlays/" + Sha256Hex(identity));
}

bool Overlay::IsComplete() const {
  return files_.Stat(JoinPath(folder_, kMark)).ok();
}

Result<UniqueFd> Overlay::Lock(StopSource& stop) {
  MLENGINE_RETURN_IF_ERROR(files_.MakeDirectories(ParentPath(folder_)));
  const std::string path = folder_ + ".lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return ErrnoError(errno, "open " + path);
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoError(errno, "lock " + path);
    if (stop.Asked()) return CancelledError("It was stopped before its program was started.");
    stop.Wait(std::chrono::milliseconds(100));
  }
  return lock;
}

Status Overlay::Clear() {
  return files_.RemoveTree(folder_);
}

std::vector<std::string> Overlay::CreateWords() const {
  return {base_interpreter_, "-c", std::string(model::kPython2Environment) + std::string(kCreate),
          folder_};
}

std::vector<std::string> Overlay::InstallWords(const std::vector<std::string>& archives,
                                               const Distributions& runtime) const {
  std::vector<std::string> words = {interpreter(), "-m",
                                    "pip",         "install",
                                    "--no-input",  "--disable-pip-version-check",
                                    "--no-color",  "--progress-bar",
                                    "off"};
  // A setup.py of the engine's time expects to run among the runtime's packages.
  if (CanBuildWheels(runtime)) words.emplace_back("--no-build-isolation");
  words.insert(words.end(), archives.begin(), archives.end());
  return words;
}

Status Overlay::Complete() {
  const UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || ::syncfs(folder.get()) != 0) return ErrnoError(errno, "sync " + folder_);
  return files_.WriteAtomic(JoinPath(folder_, kMark), "1\n");
}

}  // namespace mlengine::runner
