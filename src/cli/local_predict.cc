#include <sys/mman.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <ostream>

#include "base/file_system.h"
#include "base/process.h"
#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/local_python.h"
#include "cli/predictions.h"
#include "cli/process_family.h"
#include "cli/python_json.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::uint64_t kLongestAnswer = 1ULL << 30;

// A framework that the Python worker runs models with.
struct WorkerFramework {
  const char* name;     // of --framework, and the worker's --kind
  const char* module;   // that Python imports
  const char* package;  // that pip installs
};
constexpr WorkerFramework kWorkerFrameworks[] = {{"scikit-learn", "sklearn", "scikit-learn"},
                                                 {"xgboost", "xgboost", "xgboost"},
                                                 {"pytorch", "torch", "torch"},
                                                 {"onnx", "onnxruntime", "onnxruntime"}};

// As gcloud: TensorFlow, where --framework names none; but for files that say what they are.
std::string FrameworkOf(const Invocation& invocation, const std::string& model) {
  if (invocation.Has("framework")) return invocation.Text("framework");
  const auto has = [&model](const char* name) {
    return RealFileSystem().Stat(JoinPath(model, name)).ok();
  };
  if (has("saved_model.pb") || has("saved_model.pbtxt")) return "tensorflow";
  if (has("model.pt")) return "pytorch";
  if (has("model.onnx")) return "onnx";
  return has("model.bst") ? "xgboost" : "tensorflow";
}

Status CheckHas(const std::string& python, const WorkerFramework& framework) {
  LocalProcess ask;
  ask.words = {python, "-c",
               "import importlib, sys\n"
               "try:\n"
               "  importlib.import_module(sys.argv[1])\n"
               "except Exception as error:\n"
               "  print('%s: %s' % (type(error).__name__, error))\n"
               "else:\n"
               "  print('has it')\n",
               framework.module};
  MLENGINE_ASSIGN_OR_RETURN(std::string told, OutputOf(ask, false));
  while (told.ends_with('\n')) told.pop_back();
  if (told.ends_with("has it")) return OkStatus();
  return NotFoundError("Cannot import " + std::string(framework.module) + ": " + python +
                       " says: " + told + ". Install " + framework.package +
                       " there, or name a Python that has it with --python; `mlengine runtimes "
                       "describe VERSION` names that of a runtime version.");
}

// TensorFlow's C library in that Python. Only looked for: to import TensorFlow takes seconds.
Result<std::string> LibraryOf(const std::string& python) {
  static constexpr char kScript[] =
      "import importlib.util, os, sys\n"
      "found = importlib.util.find_spec('tensorflow')\n"
      "for folder in (found.submodule_search_locations or []) if found else []:\n"
      "  path = os.path.join(folder, 'libtensorflow_cc.so.2')\n"
      "  if os.path.exists(path):\n"
      "    print(path)\n"
      "    break\n";
  LocalProcess ask;
  ask.words = {python, "-c", kScript};
  const Result<std::string> told = OutputOf(ask, false);
  std::string path = told.value_or("");
  path = path.substr(0, path.find('\n'));
  if (!path.empty()) return path;
  return NotFoundError(
      "Cannot import Tensorflow: " + python +
      " has none of version 2.12 or later. Install it there, or name a Python that has it with "
      "--python; `mlengine runtimes describe VERSION` names that of a runtime version.");
}

Result<value> RequestOf(const Invocation& invocation) {
  if (invocation.Has("json-instances") == invocation.Has("text-instances")) {
    return InvalidArgumentError(
        "Exactly one of --json-instances and --text-instances must be given.");
  }
  MLENGINE_ASSIGN_OR_RETURN(array instances,
                            invocation.Has("json-instances")
                                ? JsonInstances(invocation.Text("json-instances"))
                                : TextInstances(invocation.Text("text-instances")));
  object request = {{"instances", std::move(instances)}};
  if (invocation.Has("signature-name"))
    request["signature_name"] = invocation.Text("signature-name");
  return value(std::move(request));
}

Result<UniqueFd> MemoryFile(const std::string& bytes) {
  UniqueFd file(::memfd_create("mlengine", MFD_CLOEXEC));
  if (!file.ok()) return ErrnoError(errno, "make a file in memory");
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t wrote = ::write(file.get(), bytes.data() + at, bytes.size() - at);
    if (wrote < 0 && errno != EINTR) return ErrnoError(errno, "write a file in memory");
    if (wrote > 0) at += static_cast<std::size_t>(wrote);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Result<std::string> ContentOf(const UniqueFd& file) {
  return RealFileSystem().ReadAt("/proc/self/fd/" + std::to_string(file.get()), 0, kLongestAnswer);
}

// What the program beside this one answers; `words` say of which model.
Result<std::string> Ask(const Session& session, const std::vector<std::string>& words,
                        const value& request) {
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd in, MemoryFile(boost::json::serialize(request)));
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd out, MemoryFile(""));
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd errors, MemoryFile(""));
  ProcessSpec spec;
  spec.words = {JoinPath(session.program_folder, "mlengine-batch-predictor")};
  spec.words.insert(spec.words.end(), words.begin(), words.end());
  spec.stdin_fd = in.get();
  spec.stdout_fd = out.get();
  spec.stderr_fd = errors.get();
  spec.die_with_starter = true;
  MLENGINE_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(spec));
  const std::optional<ProcessEnd> end = child.Wait();
  if (!end || !end->ok()) {
    std::string why = ContentOf(errors).value_or("");
    if (why.starts_with("ERROR: ")) why = why.substr(7);
    while (why.ends_with('\n')) why.pop_back();
    return FailedPreconditionError(why.empty() ? "mlengine-batch-predictor " + Describe(*end)
                                               : why);
  }
  return ContentOf(out);
}

// For the program beside this one.
Result<std::vector<std::string>> ModelWords(const std::string& python, const std::string& framework,
                                            const std::string& model) {
  for (const WorkerFramework& one : kWorkerFrameworks) {
    if (framework != one.name) continue;
    MLENGINE_RETURN_IF_ERROR(CheckHas(python, one));
    return std::vector<std::string>{"local-python", python, framework, model};
  }
  MLENGINE_ASSIGN_OR_RETURN(const std::string library, LibraryOf(python));
  return std::vector<std::string>{"local", library, model};
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const value request, RequestOf(invocation));
  std::error_code failed;
  const std::string model =
      std::filesystem::absolute(invocation.Text("model-dir"), failed).lexically_normal().string();
  if (!std::filesystem::is_directory(model, failed))
    return NotFoundError("[" + invocation.Text("model-dir") + "] is not a folder.");
  MLENGINE_ASSIGN_OR_RETURN(const std::string python, PythonFor(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> words,
                            ModelWords(python, FrameworkOf(invocation, model), model));
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, Ask(session, words, request));
  MLENGINE_ASSIGN_OR_RETURN(const value answer, ParsePythonJson(text));
  MLENGINE_RETURN_IF_ERROR(PrintAnswer(invocation, session, answer));
  return kExitOk;
}

}  // namespace

Command LocalPredictCommand() {
  Command command;
  command.path = "local predict";
  command.summary = "ask a model on this machine, without the server";
  command.description =
      "Loads the model of a local folder with the framework of a Python on this machine and "
      "prints what it answers, as `predict` prints what a version answers. Python is --python, "
      "else MLENGINE_LOCAL_PYTHON, else python3, else python on PATH. A model that is a pickle "
      "may run any program, as you: load none that you do not trust.";
  command.flags = {
      {"model-dir",
       FlagKind::kText,
       "DIR",
       "Folder with the files of a version: saved_model.pb, model.joblib, model.bst.",
       {},
       true},
      {"json-instances", FlagKind::kText, "FILE", "A file with one JSON value per line."},
      {"text-instances", FlagKind::kText, "FILE", "A file with one string per line."},
      {"framework",
       FlagKind::kChoice,
       "FRAMEWORK",
       "Framework of the model; else what the folder's files say, else tensorflow.",
       {"tensorflow", "scikit-learn", "xgboost", "pytorch", "onnx"}},
      {"signature-name", FlagKind::kText, "NAME", "Which of the model's signatures is called."},
      {"python", FlagKind::kText, "PROGRAM", "The Python whose framework runs the model."}};
  command.examples = {"mlengine local predict --model-dir=export --json-instances=instances.json",
                      "mlengine local predict --model-dir=export --text-instances=lines.txt "
                      "--signature-name=total",
                      "mlengine local predict --model-dir=flowers --framework=scikit-learn "
                      "--json-instances=instances.json"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
