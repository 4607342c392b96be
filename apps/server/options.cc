#include "options.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>

#include "base/file_system.h"
#include "base/nearest_word.h"
#include "policy/regions.h"

namespace mlengine::server {
namespace {

// "all", "none", or a list of indexes and UUIDs.
void SetGpus(const YAML::Node& node, Options& options) {
  executor::GpuOptions& gpus = options.gpus;
  if (node.IsSequence()) {
    gpus.all = false;
    gpus.chosen = node.as<std::vector<std::string>>();
    return;
  }
  const auto text = node.as<std::string>();
  if (text != "all" && text != "none") throw YAML::BadConversion(node.Mark());
  gpus.all = text == "all";
}

// REGION: {pool: local|none, priceList: NAME}
void SetRegions(const YAML::Node& node, Options& options) {
  if (!node.IsMap()) throw YAML::BadConversion(node.Mark());
  for (const auto& item : node) {
    const auto region = item.first.as<std::string>();
    if (!policy::IsTrainingRegion(region)) {
      const std::string nearest = NearestWord(region, policy::TrainingRegions());
      throw YAML::Exception(item.first.Mark(),
                            "\"" + region + "\" is not a region" +
                                (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
    }
    if (!item.second.IsMap()) {
      throw YAML::Exception(item.second.Mark(),
                            "region " + region + " must be like {pool: none, priceList: NAME}");
    }
    policy::RegionPlan& plan = options.regions[region];
    for (const auto& key : item.second) {
      const auto name = key.first.as<std::string>();
      const auto value = key.second.as<std::string>();
      if (name == "priceList") {
        plan.price_list = value;
      } else if (name == "pool" && (value == policy::kLocalPool || value == policy::kNoPool)) {
        plan.pool = value;
      } else {
        throw YAML::Exception(key.first.Mark(),
                              name == "pool"
                                  ? "the pool \"" + value +
                                        "\" is not known; there are: local, and none "
                                        "for a region that takes no jobs"
                                  : "unknown key \"" + name + "\"; a region has: pool, priceList");
      }
    }
  }
}

using KeySetter = std::function<void(const YAML::Node&, Options&)>;

const std::map<std::string, KeySetter>& Keys() {
  static const std::map<std::string, KeySetter> keys = {
      {"listen",
       [](const YAML::Node& node, Options& o) {
         o.listen = node.IsSequence() ? node.as<std::vector<std::string>>()
                                      : std::vector<std::string>{node.as<std::string>()};
         o.listen_given = true;
       }},
      {"slots", [](const YAML::Node& node, Options& o) { o.slots = node.as<int>(); }},
      {"replicaPorts",
       [](const YAML::Node& node, Options& o) {
         const auto text = node.as<std::string>();
         const std::size_t dash = text.find('-');
         if (dash == std::string::npos) throw YAML::BadConversion(node.Mark());
         o.replica_ports = {YAML::Node(text.substr(0, dash)).as<int>(),
                            YAML::Node(text.substr(dash + 1)).as<int>()};
       }},
      {"runtimeCompatibility",
       [](const YAML::Node& node, Options& o) {
         o.runtime_compatibility = node.as<std::string>();
       }},
      {"defaultRuntime",
       [](const YAML::Node& node, Options& o) { o.default_runtime = node.as<std::string>(); }},
      {"priceList",
       [](const YAML::Node& node, Options& o) { o.price_list = node.as<std::string>(); }},
      {"priceLists",
       [](const YAML::Node& node, Options& o) { o.price_lists = node.as<std::string>(); }},
      {"consoleDir",
       [](const YAML::Node& node, Options& o) { o.console_dir = node.as<std::string>(); }},
      {"runtimesDir",
       [](const YAML::Node& node, Options& o) { o.runtimes_dir = node.as<std::string>(); }},
      {"outputLimitBytes",
       [](const YAML::Node& node, Options& o) { o.output_limit_bytes = node.as<long long>(); }},
      {"maxProcesses",
       [](const YAML::Node& node, Options& o) { o.max_processes = node.as<long long>(); }},
      {"stopGraceSeconds",
       [](const YAML::Node& node, Options& o) { o.stop_grace_seconds = node.as<int>(); }},
      {"predictionSeconds",
       [](const YAML::Node& node, Options& o) { o.prediction_seconds = node.as<int>(); }},
      {"servingMemory",
       [](const YAML::Node& node, Options& o) {
         const auto bytes = ParseBytes(node.as<std::string>());
         if (!bytes)
           throw YAML::Exception(node.Mark(), "is a size, like 512 MiB or 8 GiB; 0 is no bound");
         o.serving_memory = *bytes;
       }},
      {"servingCoolDownSeconds",
       [](const YAML::Node& node, Options& o) { o.serving_cool_down_seconds = node.as<int>(); }},
      {"servingIdleSeconds",
       [](const YAML::Node& node, Options& o) { o.serving_idle_seconds = node.as<int>(); }},
      {"gpus", SetGpus},
      {"nvidiaSmi",
       [](const YAML::Node& node, Options& o) { o.gpus.nvidia_smi = node.as<std::string>(); }},
      {"regions", SetRegions},
      {"disk", [](const YAML::Node& node, Options& o) { SetDisk(node, o.limits); }},
      {"logs", [](const YAML::Node& node, Options& o) { SetLogs(node, o.limits); }},
      {"hints", [](const YAML::Node& node, Options& o) { SetHints(node, o.limits); }},
      {"limits", [](const YAML::Node& node, Options& o) { SetLimits(node, o.limits); }},
      // The name that disk.lowWater had first.
      {"lowWaterBytes",
       [](const YAML::Node& node, Options& o) {
         o.limits.low_water = DiskShare{.bytes = node.as<std::uint64_t>()};
       }},
  };
  return keys;
}

std::string Where(const std::string& path, const YAML::Mark& mark) {
  return path + ":" + std::to_string(mark.line + 1);
}

std::string KnownKeys() {
  std::string names;
  for (const auto& [name, setter] : Keys()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

Status ReadConfig(const std::string& path, Options& options) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, RealFileSystem().Read(path, 1U << 20));
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return OkStatus();
    if (!root.IsMap())
      return InvalidArgumentError(path + ": must be a list of \"key: value\" lines");
    for (const auto& item : root) {
      const auto name = item.first.as<std::string>();
      const auto key = Keys().find(name);
      if (key == Keys().end()) {
        return InvalidArgumentError(Where(path, item.first.Mark()) + ": unknown key \"" + name +
                                    "\"; known are: " + KnownKeys());
      }
      try {
        key->second(item.second, options);
      } catch (const YAML::BadConversion&) {
        return InvalidArgumentError(Where(path, item.second.Mark()) + ": the value of " + name +
                                    " is not of the right kind");
      } catch (const YAML::InvalidNode&) {
        return InvalidArgumentError(Where(path, item.second.Mark()) + ": the value of " + name +
                                    " is not of the right kind");
      }
    }
  } catch (const YAML::Exception& error) {
    return InvalidArgumentError(Where(path, error.mark) + ": " + error.msg);
  }
  return OkStatus();
}

Status Validate(const Options& options) {
  if (!options.console_dir.empty() && options.console_dir.front() != '/')
    return InvalidArgumentError("consoleDir must be an absolute path, not \"" +
                                options.console_dir + "\"");
  if (!options.runtimes_dir.empty() && options.runtimes_dir.front() != '/')
    return InvalidArgumentError("runtimesDir must be an absolute path, not \"" +
                                options.runtimes_dir + "\"");
  if (!options.price_lists.empty() && options.price_lists.front() != '/')
    return InvalidArgumentError("priceLists must be an absolute path, not \"" +
                                options.price_lists + "\"");
  if (!options.gpus.nvidia_smi.empty() && options.gpus.nvidia_smi.front() != '/')
    return InvalidArgumentError("nvidiaSmi must be an absolute path, not \"" +
                                options.gpus.nvidia_smi + "\"");
  if (options.slots < 0) return InvalidArgumentError("slots must not be negative");
  if (options.replica_ports.first < 1024 || options.replica_ports.last > 65535 ||
      options.replica_ports.first > options.replica_ports.last) {
    return InvalidArgumentError(
        "replicaPorts must be FIRST-LAST, from 1024 to 65535, like 28000-31999");
  }
  // A framework has dozens of threads in one process.
  if (options.max_processes < 0 || (options.max_processes > 0 && options.max_processes < 64)) {
    return InvalidArgumentError(
        "maxProcesses must be 0 (no limit) or at least 64: threads count too, and frameworks have "
        "dozens");
  }
  if (options.stop_grace_seconds < 0)
    return InvalidArgumentError("stopGraceSeconds must not be negative");
  if (options.prediction_seconds < 1 || options.prediction_seconds > 3600)
    return InvalidArgumentError("predictionSeconds must be from 1 to 3600");
  if (options.serving_cool_down_seconds < 1)
    return InvalidArgumentError("servingCoolDownSeconds must be at least 1");
  if (options.serving_idle_seconds < 1)
    return InvalidArgumentError("servingIdleSeconds must be at least 1");
  if (options.runtime_compatibility != "nearest" && options.runtime_compatibility != "strict") {
    return InvalidArgumentError("runtimeCompatibility must be \"nearest\" or \"strict\", not \"" +
                                options.runtime_compatibility + "\"");
  }
  return OkStatus();
}

}  // namespace

std::string DefaultDataDir() {
  if (const char* named = std::getenv("MLENGINE_DATA_DIR"); named != nullptr && *named != '\0')
    return named;
  if (::geteuid() == 0) return "/var/lib/mlengine";
  const char* home = std::getenv("HOME");
  return JoinPath(home != nullptr ? home : "/tmp", ".mlengine");
}

std::string FolderPath(const std::string& text) {
  std::string path = std::filesystem::absolute(text).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<Options> ParseOptions(int argc, char** argv) {
  std::string data_dir = DefaultDataDir();
  std::string config;
  std::vector<std::string> listen;
  bool detach = false;
  bool stop = false;
  int slots = -1;
  CLI::App app(
      "The mlengine server: takes training jobs, runs them on this machine, keeps their logs and "
      "objects.",
      "mlengine server");
  app.add_option("--data-dir", data_dir, "Folder that holds everything the server keeps")
      ->capture_default_str();
  app.add_option("--listen", listen,
                 "Address to listen on, ADDRESS:PORT, repeatable; loopback only (default "
                 "127.0.0.1:8650, or the next "
                 "free port)");
  app.add_option("--config", config,
                 "Configuration file (default: mlengine.yaml in the data folder)");
  app.add_option("--slots", slots, "Replicas that may run at once (default: one per CPU)");
  app.add_flag("--detach", detach, "Go to the background once the server answers");
  app.add_flag("--stop", stop,
               "End the server that has the data folder; running jobs go on, and are accounted for "
               "when it is back");
  app.set_version_flag("--version", "mlengine " MLENGINE_VERSION);
  app.footer(
      "Further: mlengine server status | backup | restore | check, each with --help.\n\n"
      "Example:\n  mlengine server --data-dir ~/.mlengine --detach");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return CancelledError("help");
  } catch (const CLI::ParseError& error) {
    return InvalidArgumentError(std::string(error.what()) +
                                "; mlengine server --help lists the flags");
  }
  Options options;
  options.data_dir = FolderPath(data_dir);
  options.detach = detach;
  options.stop = stop;
  const std::string beside = JoinPath(options.data_dir, "mlengine.yaml");
  if (!config.empty()) {
    MLENGINE_RETURN_IF_ERROR(ReadConfig(config, options));
  } else if (RealFileSystem().Stat(beside).ok()) {
    MLENGINE_RETURN_IF_ERROR(ReadConfig(beside, options));
  }
  if (slots >= 0) options.slots = slots;
  if (!listen.empty()) {
    options.listen = listen;
    options.listen_given = true;
  }
  MLENGINE_RETURN_IF_ERROR(Validate(options));
  return options;
}

}  // namespace mlengine::server
