#include "upkeep_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "data_folder.h"
#include "disk_keeping.h"
#include "net/client.h"
#include "upkeep/backup.h"
#include "upkeep/check.h"

namespace mlengine::server {
namespace {

namespace json = boost::json;

// What the verbs are told.
struct Words {
  std::string data_dir = DefaultDataDir();
  std::string path;  // of the backup
  std::string format = "text";
  bool with_buckets = false;
  std::string spool_bytes = "64 MiB";
  bool repair = false;
  bool digests = false;
  std::vector<std::string> remove;
};

void Print(const std::string& text) {
  std::fputs((text + "\n").c_str(), stdout);
}

void PrintJson(const json::object& object) {
  Print(json::serialize(object));
}

std::string Count(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

Result<int> Backup(const Words& words) {
  const auto spool_bytes = ParseBytes(words.spool_bytes);
  if (!spool_bytes) {
    return InvalidArgumentError("--spool-bytes: \"" + words.spool_bytes +
                                "\" is not a size, like 4096, 64 MiB or 2 GiB");
  }
  const std::string target = FolderPath(words.path);
  MLENGINE_ASSIGN_OR_RETURN(const upkeep::BackupReport report,
                            upkeep::MakeBackup({.data_folder = words.data_dir,
                                                .target = target,
                                                .with_buckets = words.with_buckets,
                                                .spool_bytes = *spool_bytes,
                                                .program = "mlengine " MLENGINE_VERSION},
                                               SystemClock()));
  if (words.format == "json") {
    json::array shortened(report.shortened.begin(), report.shortened.end());
    PrintJson({{"backup", target},
               {"jobs", report.jobs},
               {"unfinishedJobs", report.unfinished},
               {"buckets", report.buckets},
               {"objects", report.objects},
               {"objectBytes", report.object_bytes},
               {"shortened", std::move(shortened)}});
    return 0;
  }
  for (const std::string& path : report.shortened)
    Print(path + ": only the first " + words.spool_bytes + " (--spool-bytes) are in the backup");
  Print("backup of " + words.data_dir + " in " + target + ": " +
        Count(static_cast<std::uint64_t>(report.jobs), "job") +
        (words.with_buckets
             ? ", " + Count(report.buckets, "bucket") + " with " + Count(report.objects, "object")
             : ", no buckets (--with-buckets)"));
  return 0;
}

Result<int> Restore(const Words& words) {
  if (DataFolder::Held(words.data_dir)) {
    return FailedPreconditionError("a server has " + words.data_dir +
                                   "; stop it (mlengine server --stop), and restore into a folder "
                                   "that is empty or not there");
  }
  const std::string source = FolderPath(words.path);
  MLENGINE_ASSIGN_OR_RETURN(const upkeep::BackupManifest manifest,
                            upkeep::RestoreBackup(source, words.data_dir));
  if (words.format == "json") {
    PrintJson({{"dataFolder", words.data_dir},
               {"created", manifest.created},
               {"program", manifest.program},
               {"jobs", manifest.jobs},
               {"buckets", manifest.with_buckets}});
    return 0;
  }
  Print("restored " + Count(static_cast<std::uint64_t>(manifest.jobs), "job") + " of " +
        manifest.created + " into " + words.data_dir +
        (manifest.with_buckets ? ", with buckets" : "; the backup has no buckets"));
  return 0;
}

int PrintReport(const Words& words, const upkeep::CheckReport& report) {
  const std::size_t open = report.Open();
  if (words.format == "json") {
    json::array findings;
    for (const upkeep::Finding& finding : report.findings) {
      findings.push_back(json::object{{"where", finding.where},
                                      {"what", finding.what},
                                      {"repair", finding.repair},
                                      {"repaired", finding.repaired}});
    }
    PrintJson({{"dataFolder", words.data_dir},
               {"jobs", report.jobs},
               {"logEntries", report.log_entries},
               {"objects", report.objects},
               {"open", open},
               {"findings", std::move(findings)}});
    return open == 0 ? 0 : 1;
  }
  for (const upkeep::Finding& finding : report.findings) {
    Print(finding.where + ": " + finding.what +
          (finding.repair.empty() ? ""
                                  : (finding.repaired ? "; " : " (") + finding.repair +
                                        (finding.repaired ? "" : ")")));
  }
  Print("checked " + Count(static_cast<std::uint64_t>(report.jobs), "job") + ", " +
        std::to_string(report.log_entries) + " log entries, " + Count(report.objects, "object") +
        " of " + words.data_dir + ": " +
        (report.findings.empty() ? "all good" : Count(report.findings.size(), "finding")) +
        (open < report.findings.size()
             ? ", " + std::to_string(report.findings.size() - open) + " of them repaired"
             : ""));
  return open == 0 ? 0 : 1;
}

Result<int> Check(const Words& words) {
  const bool held = DataFolder::Held(words.data_dir);
  if (words.repair && held) {
    return FailedPreconditionError("a server has " + words.data_dir +
                                   "; stop it before a repair (mlengine server --stop). Without "
                                   "--repair a running server's folder can be checked");
  }
  if (!words.remove.empty() && !words.repair)
    return InvalidArgumentError("--remove needs --repair");
  upkeep::CheckOptions options{.data_folder = words.data_dir,
                               .live = held,
                               .repair = words.repair,
                               .digests = words.digests,
                               .remove = words.remove};
  // For a repair no server may start meanwhile.
  std::optional<DataFolder> taken;
  if (words.repair) {
    // Before its levels are made where there are none.
    const std::string store = JoinPath(words.data_dir, "state.db");
    if (!RealFileSystem().Stat(store).ok())
      return NotFoundError(words.data_dir + " is no data folder: it has no state.db");
    MLENGINE_ASSIGN_OR_RETURN(DataFolder folder, DataFolder::Open(words.data_dir));
    taken.emplace(std::move(folder));
  }
  MLENGINE_ASSIGN_OR_RETURN(const upkeep::CheckReport report, upkeep::CheckDataFolder(options));
  return PrintReport(words, report);
}

// Body of /healthz, or why there is none.
Result<std::string> Health(const std::string& url) {
  MLENGINE_ASSIGN_OR_RETURN(const auto client, net::Client::Create(url));
  net::ClientRequest request;
  request.target = "/healthz";
  MLENGINE_ASSIGN_OR_RETURN(const net::ClientResponse answer,
                            client->Call(request, std::chrono::seconds(10)));
  return answer.body;
}

Result<int> ShowStatus(const Words& words) {
  FileSystem& files = RealFileSystem();
  std::vector<std::string> arguments = {"server", "--data-dir", words.data_dir};
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  MLENGINE_ASSIGN_OR_RETURN(const Options options,
                            ParseOptions(static_cast<int>(pointers.size()), pointers.data()));
  const std::string url = files.Read(JoinPath(words.data_dir, "run/endpoint"), 256).value_or("");
  const bool held = DataFolder::Held(words.data_dir);
  const Result<std::string> health =
      held && !url.empty() ? Health(url)
                           : Result<std::string>(NotFoundError("no server has the folder"));
  const bool healthy = health.ok() && health->starts_with("ok");
  upkeep::DiskWatch disk(DiskOptions(options));
  const upkeep::DiskState state = disk.State();
  const std::string pid =
      held ? files.Read(JoinPath(words.data_dir, "run/pid"), 64).value_or("") : "";
  if (words.format == "json") {
    PrintJson({{"dataFolder", words.data_dir},
               {"running", held},
               {"healthy", healthy},
               {"url", held ? url : ""},
               {"pid", pid},
               {"diskFreeBytes", state.room.free},
               {"diskLowWaterBytes", state.low_water},
               {"diskLow", state.low},
               {"reserveBytes", state.reserve_held}});
    return healthy ? 0 : 1;
  }
  if (!held) {
    Print("no server has " + words.data_dir);
  } else {
    Print("mlengine at " + (url.empty() ? "an address that is not known yet" : url) + " (PID " +
          pid + "): " +
          (healthy ? "it answers"
                   : "it does not answer well: " + health.value_or(health.status().message())));
  }
  Print(upkeep::DiskSentence(state, words.data_dir) + "; reserve " +
        upkeep::BytesText(state.reserve_held) + " of " + upkeep::BytesText(state.reserve_wanted));
  return healthy ? 0 : 1;
}

using Verb = Result<int> (*)(const Words&);

Verb Describe(const std::string& name, CLI::App& app, Words& words) {
  app.add_option("--data-dir", words.data_dir, "Folder that the server keeps its things in")
      ->capture_default_str();
  app.add_option("--format", words.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  if (name == "backup") {
    app.description(
        "Copies the jobs, their logs and records, quotas and configuration of a data "
        "folder, of one moment, into a new folder; the server may run meanwhile.");
    app.add_option("target", words.path,
                   "Where the backup goes: a folder that is not there yet, or a file NAME.tar")
        ->required();
    app.add_flag("--with-buckets", words.with_buckets, "Buckets and objects too");
    app.add_option("--spool-bytes", words.spool_bytes,
                   "At most this much of each stdout and stderr")
        ->capture_default_str();
    return Backup;
  }
  if (name == "restore") {
    app.description("Makes a data folder of a backup; the folder must be empty or not there.");
    app.add_option("backup", words.path, "The backup: its folder, or its file NAME.tar")
        ->required();
    return Restore;
  }
  if (name == "check") {
    app.description(
        "Looks whether the store, the jobs' records, the logs and the objects are whole "
        "and fit each other. Exit status 1 when something is found. A running server's "
        "folder can be checked, but not repaired.");
    app.add_flag("--repair", words.repair, "Repair what is safe to repair, and say so");
    app.add_flag("--digests", words.digests, "Read every object and hold it against its digests");
    app.add_option("--remove", words.remove,
                   "With --repair: remove this folder of a job that the store does not know "
                   "(jobs/PROJECT/JOB or logs/PROJECT/JOB), repeatable");
    return Check;
  }
  app.description(
      "Says whether a server has the data folder, whether it answers, and how full the "
      "disk is. Exit status 1 when none answers.");
  return ShowStatus;
}

}  // namespace

std::optional<int> RunUpkeepCommand(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name != "backup" && name != "restore" && name != "check" && name != "status")
    return std::nullopt;
  Words words;
  CLI::App app("", "mlengine server " + name);
  const Verb verb = Describe(name, app, words);
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "mlengine-server: %s; mlengine server %s --help lists the flags\n",
                 error.what(), name.c_str());
    return 2;
  }
  words.data_dir = FolderPath(words.data_dir);
  const Result<int> code = verb(words);
  if (code.ok()) return *code;
  std::fprintf(stderr, "mlengine-server: %s\n", code.status().message().c_str());
  return code.status().code() == StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace mlengine::server
