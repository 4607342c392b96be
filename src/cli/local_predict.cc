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
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::uint64_t kLongestAnswer = 1ULL << 30;

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

// What the program beside this one answers.
Result<std::string> Ask(const Session& session, const std::string& library,
                        const std::string& model, const value& request) {
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd in, MemoryFile(boost::json::serialize(request)));
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd out, MemoryFile(""));
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd errors, MemoryFile(""));
  ProcessSpec spec;
  spec.words = {JoinPath(session.program_folder, "mlengine-batch-predictor"), "local", library,
                model};
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

Result<int> Run(const Invocation& invocation, Session& session) {
  if (invocation.Text("framework", "tensorflow") != "tensorflow") {
    return UnimplementedError("Local prediction with the framework " +
                              invocation.Text("framework") +
                              " is not supported; with tensorflow it is.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const value request, RequestOf(invocation));
  std::error_code failed;
  const std::string model =
      std::filesystem::absolute(invocation.Text("model-dir"), failed).lexically_normal().string();
  if (!std::filesystem::is_directory(model, failed))
    return NotFoundError("[" + invocation.Text("model-dir") + "] is not a folder.");
  MLENGINE_ASSIGN_OR_RETURN(const std::string python, PythonFor(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const std::string library, LibraryOf(python));
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, Ask(session, library, model, request));
  boost::json::error_code error;
  const value answer = boost::json::parse(text, error);
  if (error) {  // NaN and Infinity, which JSON does not have
    session.out << text;
  } else {
    MLENGINE_RETURN_IF_ERROR(PrintAnswer(invocation, session, answer));
  }
  return kExitOk;
}

}  // namespace

Command LocalPredictCommand() {
  Command command;
  command.path = "local predict";
  command.summary = "ask a SavedModel on this machine, without the server";
  command.description =
      "Loads the model of a local folder with the TensorFlow of a Python on this machine and "
      "prints what it answers, as `predict` prints what a version answers. Python is --python, "
      "else MLENGINE_LOCAL_PYTHON, else python3, else python on PATH.";
  command.flags = {
      {"model-dir", FlagKind::kText, "DIR", "Folder with saved_model.pb.", {}, true},
      {"json-instances", FlagKind::kText, "FILE", "A file with one JSON value per line."},
      {"text-instances", FlagKind::kText, "FILE", "A file with one string per line."},
      {"framework",
       FlagKind::kChoice,
       "FRAMEWORK",
       "Framework of the model; tensorflow.",
       {"tensorflow", "scikit-learn", "xgboost"}},
      {"signature-name", FlagKind::kText, "NAME", "Which of the model's signatures is called."},
      {"python", FlagKind::kText, "PROGRAM", "The Python whose TensorFlow runs the model."}};
  command.examples = {"mlengine local predict --model-dir=export --json-instances=instances.json",
                      "mlengine local predict --model-dir=export --text-instances=lines.txt "
                      "--signature-name=total"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
