#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>
#include <set>

#include "base/unique_fd.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/gcloud_env.h"
#include "cli/on_path.h"
#include "cli/output.h"
#include "cli/process_family.h"
#include "cli/session.h"
#include "cli/tensorboard.h"

namespace mlengine::cli {
namespace {

using boost::json::value;

constexpr int kFirstPort = 6006;
constexpr int kPorts = 100;
constexpr int kGraceMs = 5'000;
// It imports TensorFlow first, which takes long on a cold disk.
constexpr std::chrono::minutes kStartLimit{3};
constexpr std::chrono::milliseconds kLook{200};

bool IsFree(int port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

Result<int> PortFor(const Invocation& invocation) {
  const auto asked = invocation.Number("port");
  if (asked && (*asked < 1 || *asked > 65535))
    return InvalidArgumentError("--port: must be from 1 to 65535");
  const int first = asked ? static_cast<int>(*asked) : kFirstPort;
  for (int port = first; port < first + (asked ? 1 : kPorts); ++port) {
    if (IsFree(port)) return port;
  }
  return FailedPreconditionError(asked ? "port " + std::to_string(first) +
                                             " of 127.0.0.1 is taken. Choose another --port."
                                       : "no port from 6006 to 6105 of 127.0.0.1 is free. Choose "
                                         "one with --port.");
}

// What a Python has of that which is needed.
struct Python {
  std::string interpreter;
  bool has_tensorboard = false;
  bool reads_buckets = false;  // it has the plug-in by which TensorFlow knows gs://
};

// Looks the packages up without importing them, which would take seconds.
Python AskPython(const std::string& interpreter) {
  static constexpr char kScript[] =
      "from importlib.util import find_spec\n"
      "print(*[n for n in ('tensorboard', 'tensorflow_io_gcs_filesystem') if find_spec(n)])\n";
  LocalProcess ask;
  ask.words = {interpreter, "-c", kScript};
  const std::string found = " " + OutputOf(ask, false).value_or("") + " ";
  const auto has = [&](const char* name) { return found.find(name) != std::string::npos; };
  return {interpreter, has("tensorboard"), has("tensorflow_io_gcs_filesystem")};
}

// The Python of the job's runtime version; "" when it has none, or none on this machine.
std::string InterpreterOf(Api& api, const std::string& job) {
  const Result<value> detail = api.Json("GET", api.OwnPath({"jobs", job}));
  const std::string name = detail.ok() ? FieldText(*detail, "runtime") : "";
  if (name.empty()) return "";
  const Result<value> runtime = api.Json("GET", "/mlengine/v1/runtimes/" + name);
  const std::string interpreter = runtime.ok() ? FieldText(*runtime, "interpreter") : "";
  return ::access(interpreter.c_str(), X_OK) == 0 ? interpreter : "";
}

struct Program {
  std::vector<std::string> words;
  bool reads_buckets = false;
};

Result<Program> FindProgram(const Invocation& invocation, const Session& session, Api& api) {
  std::vector<std::string> interpreters;
  if (invocation.Has("python")) {
    interpreters = {invocation.Text("python")};
  } else {
    for (const std::string& job : invocation.positionals)
      interpreters.push_back(InterpreterOf(api, job));
  }
  std::set<std::string> asked = {""};
  std::string tried;
  for (const std::string& interpreter : interpreters) {
    if (!asked.insert(interpreter).second) continue;
    const Python python = AskPython(interpreter);
    if (python.has_tensorboard)
      return Program{{interpreter, "-m", "tensorboard.main"}, python.reads_buckets};
    tried += interpreter + " has none; ";
  }
  if (const std::string found = OnPath(session, "tensorboard");
      !found.empty() && !invocation.Has("python"))
    return Program{{found}, false};
  return NotFoundError("there is no TensorBoard: " + tried +
                       (invocation.Has("python") ? "" : "no `tensorboard` is on PATH; ") +
                       "install one with `python3 -m pip install tensorboard` in an environment of "
                       "yours, and name its Python with --python.");
}

Result<std::vector<LogFolder>> FoldersOf(const Invocation& invocation, Session& session, Api& api,
                                         bool reads_buckets) {
  std::vector<LogFolder> out;
  for (const std::string& job : invocation.positionals) {
    MLENGINE_ASSIGN_OR_RETURN(const value answer,
                              api.Json("GET", api.OwnPath({"jobs", job, "metrics"}) + ":folders"));
    const auto* list = answer.is_object() ? answer.get_object().if_contains("folders") : nullptr;
    if (list == nullptr || !list->is_array())
      return InternalError("the server's list of the job's folders cannot be read");
    const std::vector<LogFolder> found = ChooseFolders(
        job, list->get_array(), reads_buckets,
        [](const std::string& folder) { return ::access(folder.c_str(), R_OK | X_OK) == 0; });
    if (found.empty()) {
      session.err << "WARNING: job [" << job << "] has no event files that can be shown here.\n";
    }
    out.insert(out.end(), found.begin(), found.end());
  }
  if (out.empty()) {
    return NotFoundError(
        "there is nothing to show. A program writes event files with tf.summary, Keras's "
        "TensorBoard callback or PyTorch's SummaryWriter, below its --job-dir.");
  }
  return out;
}

// Until it answers: its exit code when it ended instead.
Result<std::optional<int>> AwaitAnswer(Session& session, ProcessFamily& family, pid_t pid,
                                       const std::string& url) {
  for (auto waited = kLook; waited < kStartLimit; waited += kLook) {
    if (const std::optional<int> code = family.Ended(pid)) return code;
    if (const int signal = family.TakeSignal(); signal != 0) return std::optional(128 + signal);
    const Result<std::unique_ptr<net::Client>> client = session.connect(url);
    net::ClientRequest request;
    request.target = "/";
    if (client.ok() && (*client)->Call(request, std::chrono::seconds(5)).ok())
      return std::optional<int>();
    session.sleep(kLook);
  }
  return DeadlineExceededError("TensorBoard did not answer at " + url + " within " +
                               std::to_string(kStartLimit.count()) + " minutes");
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(const int port, PortFor(invocation));
  // First what the server knows of the jobs: a job that is not there is the clearest error.
  for (const std::string& job : invocation.positionals)
    MLENGINE_RETURN_IF_ERROR(api->Json("GET", api->OwnPath({"jobs", job})).status());
  MLENGINE_ASSIGN_OR_RETURN(const Program program, FindProgram(invocation, session, *api));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<LogFolder> folders,
                            FoldersOf(invocation, session, *api, program.reads_buckets));
  LocalProcess process;
  process.words = program.words;
  // Its faster reader is a program of its own, which knows the original's address of gs:// alone.
  process.words.insert(process.words.end(),
                       {LogdirFlag(folders), "--host=127.0.0.1", "--port=" + std::to_string(port),
                        "--load_fast=false"});
  process.words.insert(process.words.end(), invocation.user_args.begin(),
                       invocation.user_args.end());
  process.environment = GcloudVariables(api->project(), api->endpoint(), session);
  if (!invocation.Has("quiet")) session.err << "Starting TensorBoard ...\n";
  session.err.flush();
  ProcessFamily family;
  MLENGINE_ASSIGN_OR_RETURN(const pid_t pid, family.Start(process, false));
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  MLENGINE_ASSIGN_OR_RETURN(const std::optional<int> ended, AwaitAnswer(session, family, pid, url));
  if (ended && *ended < 128)
    return InternalError("TensorBoard ended with status " + std::to_string(*ended) +
                         "; what it printed is above");
  if (ended) return kExitOk;
  session.out << "TensorBoard is at " << url << "/ (Ctrl-C ends it)\n";
  session.out.flush();
  const int code = family.WaitFor(pid, kGraceMs);
  return code > 128 ? kExitOk : code;
}

}  // namespace

std::vector<LogFolder> ChooseFolders(const std::string& job, const boost::json::array& folders,
                                     bool reads_buckets,
                                     const std::function<bool(const std::string&)>& is_here) {
  std::vector<LogFolder> out;
  for (const value& one : folders) {
    const std::string folder = TextAt(one, "folder");
    const std::string local = TextAt(one, "localFolder");
    const std::string name = TextAt(one, "name");
    const bool is_bucket = folder.starts_with("gs://");
    const std::string shown = name.empty() ? job : job + "/" + name;
    // Plain files first: over gs:// the files in folders below were not found (seen with 2.19).
    if (!local.empty() && is_here(local)) {
      out.push_back({shown, local});
    } else if (is_bucket && reads_buckets && (name.empty() || FieldText(one, "files") != "0")) {
      // The job-dir may get its first file while TensorBoard runs.
      out.push_back({shown, folder});
    }
  }
  return out;
}

std::string LogdirFlag(const std::vector<LogFolder>& folders) {
  if (folders.size() == 1) return "--logdir=" + folders.front().folder;
  std::string out;
  for (const LogFolder& one : folders) {
    std::string name = one.name;
    std::ranges::replace_if(name, [](char c) { return c == ':' || c == ','; }, '_');
    out += (out.empty() ? "" : ",") + name + ":" + one.folder;
  }
  return "--logdir_spec=" + out;
}

Command TensorboardCommand() {
  Command command;
  command.path = "tensorboard";
  command.summary = "start TensorBoard on the event files of jobs";
  command.description =
      "Starts the TensorBoard of the job's runtime version, else the `tensorboard` on PATH, on the "
      "folders where the jobs write, gs:// included, at an address of this machine alone, which "
      "it prints. Ctrl-C ends it. Words after -- go to TensorBoard.";
  command.positionals = {{"JOB", "Names of jobs.", true, true}};
  command.flags = {
      {"port", FlagKind::kNumber, "PORT", "The port; the first free one from 6006 unless given."},
      {"python", FlagKind::kText, "PROGRAM",
       "The Python whose TensorBoard to start, instead of the runtime version's."}};
  command.examples = {"mlengine tensorboard my_job",
                      "mlengine tensorboard my_job_1 my_job_2 --port=6007 -- --samples_per_plugin "
                      "scalars=0"};
  command.run = Run;
  command.user_args = true;
  return command;
}

}  // namespace mlengine::cli
