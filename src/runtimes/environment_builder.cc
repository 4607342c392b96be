#include "runtimes/environment_builder.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/process.h"
#include "model/python2_environment.h"
#include "runtimes/runtime_record.h"

namespace mlengine::runtimes {
namespace {

constexpr std::chrono::minutes kStepLimit(60);  // a slow line to the package index
constexpr std::size_t kTailLimit = 8192;
constexpr std::size_t kReasonLimit = 2000;  // bytes of a child's last words in a status

// The end of what a child said, whole lines where they fit.
std::string LastWords(std::string_view tail) {
  while (!tail.empty() && tail.back() == '\n') tail.remove_suffix(1);
  if (tail.size() > kReasonLimit) {
    tail.remove_prefix(tail.size() - kReasonLimit);
    if (const std::size_t end = tail.find('\n'); end != std::string_view::npos)
      tail.remove_prefix(end + 1);
  }
  return std::string(tail);
}

Status RunStep(const BuildRequest& request, std::vector<std::string> words, const std::string& what,
               const std::function<bool(std::string_view)>& on_line) {
  ProcessSpec spec;
  spec.words = std::move(words);
  spec.folder = request.folder;
  spec.stdin_fd = request.lock_fd;
  spec.environment = CleanPythonEnvironment();
  const std::pair<const char*, const char*> fixed[] = {
      {"PYTHONNOUSERSITE", "1"},     {"PYTHONUNBUFFERED", "1"},
      {"PYTHONUTF8", "1"},           {"TF_USE_MODULAR_FILESYSTEM", "1"},
      {"TF_CPP_MIN_LOG_LEVEL", "2"}, {"PIP_USER", "0"},
      {"LC_ALL", "C.UTF-8"},         {"PIP_NO_PYTHON_VERSION_WARNING", "1"}};
  // In front: of two variables of one name the first counts.
  spec.environment->insert(spec.environment->begin(), std::begin(fixed), std::end(fixed));
  MLENGINE_ASSIGN_OR_RETURN(const ProcessOutput output,
                            RunProcess(std::move(spec), kStepLimit, on_line, kTailLimit,
                                       [&on_line] { return on_line(""); }));
  if (output.end.ok()) return OkStatus();
  const std::string text = "runtime " + request.version.name + " cannot be built: " + what + " " +
                           Describe(output.end) + "; its last lines:\n" + LastWords(output.tail);
  const bool full = output.tail.find("No space left on device") != std::string::npos;
  return full ? ResourceExhaustedError(text) : FailedPreconditionError(text);
}

// The module that holds a framework; "" when there is nothing to try.
std::string ModuleOf(const std::string& framework) {
  const std::pair<const char*, const char*> modules[] = {{"TensorFlow", "tensorflow"},
                                                         {"PyTorch", "torch"},
                                                         {"scikit-learn", "sklearn"},
                                                         {"XGBoost", "xgboost"}};
  for (const auto& [name, module] : modules) {
    if (framework.starts_with(name)) return module;
  }
  return "";
}

// `list_name`: the file in the folder that keeps what pip was given.
Status InstallPackages(const BuildRequest& request, const std::string& python,
                       const std::vector<std::string>& pins, const std::string& list_name,
                       const std::function<bool(std::string_view)>& on_line) {
  std::string requirements;
  for (const std::string& requirement : pins) requirements += requirement + "\n";
  const std::string list = JoinPath(request.folder, list_name);
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().WriteAtomic(list, requirements));
  // --no-compile: Python compiles what is imported, the first import below most of it; all of a
  // large framework would take longer than the rest of the installation.
  return RunStep(
      request,
      {python, "-m", "pip", "install", "--no-compile", "--progress-bar", "off", "--no-deps",
       "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "-r", list},
      "pip", on_line);
}

// An empty package of that name, so that importlib.metadata and pip find the requirement met.
Status Provide(const BuildRequest& request, const std::string& provided) {
  const std::size_t equals = provided.find("==");
  const std::string name = provided.substr(0, equals);
  const std::string number = provided.substr(equals + 2);
  const std::string python = MajorMinor(request.python.version);
  const std::string info = name + "-" + number + ".dist-info";
  const std::string folder =
      JoinPath(request.folder, "lib/python" + python + "/site-packages/" + info);
  FileSystem& files = RealFileSystem();
  MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(folder));
  MLENGINE_RETURN_IF_ERROR(
      files.WriteAtomic(JoinPath(folder, "METADATA"),
                        "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + number +
                            "\nSummary: Provided by another package of this runtime\n"));
  MLENGINE_RETURN_IF_ERROR(files.WriteAtomic(JoinPath(folder, "INSTALLER"), "mlengine\n"));
  return files.WriteAtomic(JoinPath(folder, "RECORD"),
                           info + "/METADATA,,\n" + info + "/INSTALLER,,\n" + info + "/RECORD,,\n");
}

// A bare environment with pip.
Status MakeEnvironment(const BuildRequest& request, const std::string& python,
                       const std::function<bool(std::string_view)>& on_line) {
  const std::string& base = request.python.executable;
  if (!request.python.version.starts_with("2."))
    return RunStep(request, {base, "-I", "-m", "venv", request.folder}, "venv", on_line);
  const std::string script =
      std::string(model::kPython2Environment) + "\nmake_environment(sys.argv[1])\n";
  MLENGINE_RETURN_IF_ERROR(RunStep(request, {base, "-E", "-s", "-c", script, request.folder},
                                   "the making of an environment", on_line));
  return RunStep(request, {python, "-E", "-s", "-m", "ensurepip"}, "ensurepip", on_line);
}

Status TryFramework(const BuildRequest& request, const std::string& python,
                    const std::vector<std::string>& pins,
                    const std::function<bool(std::string_view)>& on_line) {
  const std::string module = ModuleOf(request.version.framework);
  if (module.empty()) return OkStatus();
  std::string script = "import " + module + "; print('" + module + " %s can be imported' % " +
                       module + ".__version__)";
  const bool gcs = std::any_of(pins.begin(), pins.end(), [](const std::string& text) {
    return text.starts_with("tensorflow-io-gcs-filesystem");
  });
  if (gcs) {  // 2.7 cannot tell
    script +=
        "; schemes = getattr(tensorflow.io.gfile, 'get_registered_schemes', lambda: ['gs'])(); "
        "assert 'gs' in schemes, 'no gs://'";
  }
  return RunStep(request, {python, "-c", script}, "import " + module, on_line);
}

}  // namespace

Status BuildEnvironment(const BuildRequest& request,
                        const std::function<bool(std::string_view)>& on_line) {
  const auto say = [&](const std::string& line) {
    return on_line(line) ? OkStatus()
                         : CancelledError("the installation of runtime " + request.version.name +
                                          " was stopped");
  };
  MLENGINE_RETURN_IF_ERROR(say("Making an environment with Python " + request.python.version +
                               " (" + request.python.executable + ")"));
  const std::string python = JoinPath(request.folder, "bin/python");
  MLENGINE_RETURN_IF_ERROR(MakeEnvironment(request, python, on_line));
  if (!request.version.installer.empty()) {
    MLENGINE_RETURN_IF_ERROR(
        InstallPackages(request, python, request.version.installer, "installer.txt", on_line));
  }
  const std::vector<std::string> pins = PinsOf(request.version);
  if (!pins.empty()) {
    MLENGINE_RETURN_IF_ERROR(say("Installing " + std::to_string(pins.size()) + " packages"));
    MLENGINE_RETURN_IF_ERROR(InstallPackages(request, python, pins, "requirements.txt", on_line));
  }
  for (const std::string& provided : request.version.provides)
    MLENGINE_RETURN_IF_ERROR(Provide(request, provided));
  if (!ModuleOf(request.version.framework).empty())
    MLENGINE_RETURN_IF_ERROR(say("Trying import " + ModuleOf(request.version.framework)));
  return TryFramework(request, python, pins, on_line);
}

}  // namespace mlengine::runtimes
