#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <ostream>

#include "base/file_system.h"
#include "base/unique_fd.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/object_client.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kStandardOutput[] = "-";

struct Transfer {
  std::string from;
  std::string to;
};

std::string BaseName(const std::string& path) {
  const std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
  const std::size_t slash = trimmed.rfind('/');
  return slash == std::string::npos ? trimmed : trimmed.substr(slash + 1);
}

std::string SizeText(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  if (bytes < 1U << 20) return std::to_string((bytes + 512) >> 10) + " KiB";
  return std::to_string((bytes + (1U << 19)) >> 20) + " MiB";
}

// An object's name may hold any parts; a file must not land outside of the folder that was named.
bool LeavesFolder(const std::string& name) {
  for (const fs::path& part : fs::path(name)) {
    if (part == "..") return true;
  }
  return !name.empty() && name[0] == '/';
}

bool EndsInSlash(const std::string& path) {
  return !path.empty() && path.back() == '/';
}

class Copier {
 public:
  Copier(Api& api, const Invocation& invocation, Session& session)
      : objects_(api),
        recursive_(invocation.Has("recursive")),
        quiet_(invocation.Has("quiet")),
        session_(session) {}

  Status CopyAll(const std::vector<std::string>& sources, const std::string& target) {
    std::vector<Transfer> transfers;
    if (target == kStandardOutput) {
      for (const std::string& source : sources) transfers.push_back({source, target});
      for (const Transfer& one : transfers) MLENGINE_RETURN_IF_ERROR(Print(one));
      return OkStatus();
    }
    for (const std::string& source : sources) {
      MLENGINE_ASSIGN_OR_RETURN(const bool into, IsFolder(target, sources.size() > 1));
      MLENGINE_RETURN_IF_ERROR(Plan(source, target, into, transfers));
    }
    for (const Transfer& one : transfers) MLENGINE_RETURN_IF_ERROR(CopyOne(one));
    return OkStatus();
  }

 private:
  // Is the target a place that takes files under their own names?
  Result<bool> IsFolder(const std::string& target, bool several) {
    if (several || EndsInSlash(target)) return true;
    std::error_code failed;
    if (!IsGs(target)) return fs::is_directory(target, failed);
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(target));
    if (path.object.empty()) return true;
    if (!recursive_) return false;
    MLENGINE_ASSIGN_OR_RETURN(const Listing below,
                              objects_.List(path.bucket, path.object + "/", "/"));
    return !below.objects.empty() || !below.prefixes.empty();
  }

  Status Plan(const std::string& source, const std::string& target, bool into,
              std::vector<Transfer>& out) {
    const std::string base = into ? JoinPath(target, BaseName(source)) : target;
    if (IsGs(source)) return PlanObjects(source, base, out);
    std::error_code failed;
    if (!fs::is_directory(source, failed)) {
      if (!fs::exists(source, failed))
        return NotFoundError("The file [" + source + "] does not exist.");
      out.push_back({source, base});
      return OkStatus();
    }
    if (!recursive_)
      return InvalidArgumentError("[" + source +
                                  "] is a folder. Give -r to copy all that is in it.");
    fs::recursive_directory_iterator at(source, failed);
    for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
      std::error_code unknown;
      if (!at->is_regular_file(unknown)) continue;
      out.push_back(
          {at->path().string(), JoinPath(base, at->path().lexically_relative(source).string())});
    }
    return failed ? ErrnoError(failed.value(), "read the folder " + source) : OkStatus();
  }

  Status PlanObjects(const std::string& source, const std::string& base,
                     std::vector<Transfer>& out) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(source));
    if (!recursive_) {
      if (!path.object.empty() && path.object.back() != '/') {
        out.push_back({source, base});
        return OkStatus();
      }
      return InvalidArgumentError("[" + source +
                                  "] is a bucket or folder. Give -r to copy all that is in it.");
    }
    const std::string prefix =
        path.object.empty() || EndsInSlash(path.object) ? path.object : path.object + "/";
    MLENGINE_ASSIGN_OR_RETURN(const Listing below, objects_.List(path.bucket, prefix, ""));
    if (below.objects.empty())
      return NotFoundError("The following URLs matched no objects or files: " + source);
    for (const boost::json::value& object : below.objects) {
      const std::string name = TextAt(object, "name");
      if (!IsGs(base) && EndsInSlash(name)) continue;  // a folder's marker is no file
      if (!IsGs(base) && LeavesFolder(name.substr(prefix.size()))) {
        return InvalidArgumentError("[gs://" + path.bucket + "/" + name +
                                    "] would lie outside of " + base +
                                    ". Copy it by its own name to a file.");
      }
      out.push_back(
          {"gs://" + path.bucket + "/" + name, JoinPath(base, name.substr(prefix.size()))});
    }
    return OkStatus();
  }

  Status CopyOne(const Transfer& one) {
    if (!quiet_)
      session_.err << "Copying " << (IsGs(one.from) ? "" : "file://") << one.from << " to "
                   << one.to << "\n";
    const Progress progress = [&](std::uint64_t done, std::uint64_t all) { Show(done, all); };
    Status status;
    if (IsGs(one.from) && IsGs(one.to)) {
      MLENGINE_ASSIGN_OR_RETURN(const GsPath from, ParseGs(one.from));
      MLENGINE_ASSIGN_OR_RETURN(const GsPath to, ParseGs(one.to));
      status = objects_.Copy(from, to);
    } else if (IsGs(one.from)) {
      status = Fetch(one, progress);
    } else {
      MLENGINE_ASSIGN_OR_RETURN(const GsPath to, ParseGs(one.to));
      status = objects_.Upload(one.from, to, progress).status();
    }
    if (shown_) session_.err << "\r\x1b[K" << std::flush;
    shown_ = false;
    return status;
  }

  Status Print(const Transfer& one) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath from, ParseGs(one.from));
    const auto sink = [&](std::string_view bytes) -> Status {
      session_.out << bytes;
      return session_.out ? OkStatus() : InternalError("cannot write to standard output");
    };
    return objects_.Download(from, sink, [](std::uint64_t, std::uint64_t) {});
  }

  // Into a file beside the target, renamed when it is whole: a broken copy leaves nothing.
  Status Fetch(const Transfer& one, const Progress& progress) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath from, ParseGs(one.from));
    std::error_code failed;
    fs::create_directories(fs::path(ParentPath(one.to)), failed);
    const std::string beside = one.to + ".part-" + std::to_string(::getpid());
    UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd.ok()) return ErrnoError(errno, "create " + beside);
    const auto sink = [&](std::string_view bytes) -> Status {
      while (!bytes.empty()) {
        const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return ErrnoError(errno, "write " + beside);
        bytes.remove_prefix(static_cast<std::size_t>(n));
      }
      return OkStatus();
    };
    Status status = objects_.Download(from, sink, progress);
    if (status.ok() && ::rename(beside.c_str(), one.to.c_str()) != 0) {
      status = ErrnoError(errno, "rename " + beside + " to " + one.to);
    }
    if (!status.ok()) ::unlink(beside.c_str());
    return status;
  }

  void Show(std::uint64_t done, std::uint64_t all) {
    if (quiet_ || !session_.err_is_terminal || all == 0) return;
    shown_ = true;
    session_.err << "\r  " << done * 100 / all << "% of " << SizeText(all) << std::flush;
  }

  ObjectClient objects_;
  bool recursive_;
  bool quiet_;
  bool shown_ = false;
  Session& session_;
};

Result<int> Run(const Invocation& invocation, Session& session) {
  std::vector<std::string> sources = invocation.positionals;
  if (sources.size() < 2)
    return InvalidArgumentError("cp needs a source and a target. Write cp SOURCE... TARGET.");
  const std::string target = sources.back();
  sources.pop_back();
  bool any_gs = IsGs(target);
  for (const std::string& source : sources) any_gs = any_gs || IsGs(source);
  if (!any_gs)
    return InvalidArgumentError(
        "neither source nor target is a gs:// address. Use cp for local copies.");
  for (const std::string& source : sources) {
    if (!IsGs(source) && !IsGs(target))
      return InvalidArgumentError("[" + source + "] and the target are both local.");
  }
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_RETURN_IF_ERROR(Copier(*api, invocation, session).CopyAll(sources, target));
  return kExitOk;
}

}  // namespace

Command StorageCpCommand() {
  Command command;
  command.path = "storage cp";
  command.summary = "copy files and objects";
  command.description =
      "Copies files to gs://, objects to files, and objects to objects. What was copied is checked "
      "by its CRC-32C. A "
      "target that is a folder, a bucket or ends in / takes the sources under their own names.";
  command.positionals = {{"SOURCE", "Files, folders or gs:// addresses.", true, true},
                         {"TARGET", "A file, folder or gs:// address; - is standard output."}};
  command.flags = {
      {"recursive", FlagKind::kSwitch, "", "Folders with all that is in them. Short: -r."}};
  command.examples = {"mlengine storage cp -r data gs://my-bucket/data",
                      "mlengine storage cp gs://my-bucket/jobs/j1/eval.json ."};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
