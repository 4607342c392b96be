#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

#include "base/digest.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSilence{60'000};
constexpr milliseconds kPatience{60'000};
constexpr int kRangeNotSatisfiable = 416;

// The file's bytes, over cuts: what was taken stays as it is, so the rest is asked for.
class Download {
 public:
  Download(Api& api, Session& session, std::string target, std::ostream& out, std::uint64_t have)
      : api_(api), session_(session), target_(std::move(target)), out_(out), have_(have) {}

  Status Run() {
    while (true) {
      const std::uint64_t before = have_;
      const Status status = Once();
      const bool cut = status.code() == StatusCode::kUnavailable ||
                       status.code() == StatusCode::kDeadlineExceeded ||
                       status.code() == StatusCode::kDataLoss ||
                       status.code() == StatusCode::kUnknown;
      if (!cut || have_ == start_) return status;
      if (have_ > before) waited_ = milliseconds(0);
      if (waited_ >= kPatience) return status;
      api_.Reset();
      session_.sleep(kWait);
      waited_ += kWait;
    }
  }

 private:
  static constexpr milliseconds kWait{500};

  Status Once() {
    net::ClientRequest call;
    call.target = target_;
    if (have_ > 0) call.headers.Set("Range", "bytes=" + std::to_string(have_) + "-");
    const auto take = [&](std::string_view bytes) {
      out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      have_ += bytes.size();
      return out_.good();
    };
    const Result<net::ClientResponse> response = api_.Stream(call, take, kSilence);
    if (!out_.good()) return InternalError("cannot write the log's bytes: is the disk full?");
    MLENGINE_RETURN_IF_ERROR(response.status());
    // It has not grown since.
    if (response->status == kRangeNotSatisfiable && have_ > 0) return OkStatus();
    return response->status / 100 == 2 ? OkStatus() : ErrorFromResponse(*response);
  }

  Api& api_;
  Session& session_;
  const std::string target_;
  std::ostream& out_;
  std::uint64_t have_;
  const std::uint64_t start_ = have_;
  milliseconds waited_{0};
};

Result<int> ToFile(const Invocation& invocation, Session& session, Api& api,
                   const std::string& target) {
  const std::string path = invocation.Text("output");
  const bool goes_on = invocation.Has("continue");
  std::error_code missing;
  const std::uintmax_t size = goes_on ? std::filesystem::file_size(path, missing) : 0;
  std::ofstream file(path, std::ios::binary | (goes_on ? std::ios::app : std::ios::trunc));
  if (!file) return InvalidArgumentError("--output=" + path + " cannot be written.");
  MLENGINE_RETURN_IF_ERROR(Download(api, session, target, file, missing ? 0 : size).Run());
  file.close();
  if (!file) return InternalError("cannot write " + path + ": is the disk full?");
  if (!invocation.Has("quiet")) {
    session.err << "Wrote " << std::filesystem::file_size(path) << " bytes to " << path << ".\n";
  }
  return kExitOk;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  std::string target = api->OwnPath({"jobs", invocation.positionals[0], "log"}) +
                       "?format=" + invocation.Text("as", "text");
  if (invocation.Has("task-name")) target += "&task=" + PercentEncode(invocation.Text("task-name"));
  if (invocation.Has("output")) return ToFile(invocation, session, *api, target);
  if (invocation.Has("continue")) {
    return InvalidArgumentError(
        "--continue goes on behind what --output=FILE has; name that file.");
  }
  MLENGINE_RETURN_IF_ERROR(Download(*api, session, target, session.out, 0).Run());
  session.out.flush();
  return kExitOk;
}

}  // namespace

Command LogsDownloadCommand() {
  Command command;
  command.path = "logs download";
  command.summary = "get a job's whole log as a file";
  command.description =
      "Writes all entries of the job up to now, oldest first: as text (severity, time in UTC, "
      "task, "
      "trial and message, separated by TABs) or as JSON lines. The bytes are stable: a later "
      "download begins with the same ones.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"as", FlagKind::kChoice, "KIND", "What is written; text, if left out.", {"text", "jsonl"}},
      {"output", FlagKind::kText, "FILE", "Write there instead of to standard output."},
      {"continue", FlagKind::kSwitch, "",
       "FILE has the beginning already: get only what lies behind it."},
      {"task-name", FlagKind::kText, "TASK", "Only the lines of this task."}};
  command.examples = {"mlengine logs download my_job --output=my_job.log",
                      "mlengine logs download my_job --as=jsonl | jq -r .message"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
