// What mlengine-server is told: flags first, then mlengine.yaml, then defaults.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "executor/local/free_ports.h"
#include "executor/local/gpu_list.h"
#include "limit_options.h"
#include "policy/regions.h"

namespace mlengine::server {

struct Options {
  std::string data_dir;  // absolute
  std::vector<std::string> listen;
  bool listen_given = false;  // an address was asked for: a taken port is an error then
  bool detach = false;
  bool stop = false;  // end the server that has the data folder, instead of being one
  // Where runtime versions are built; several data folders may share one. Empty: runtimes/ in the
  // data folder.
  std::string runtimes_dir;
  // Where the built web console is. Empty: beside the program.
  std::string console_dir;
  // Slots of the local pool; 0: one per CPU.
  int slots = 0;
  // Where the replicas of a cluster may listen.
  executor::PortRange replica_ports;
  // Which GPUs of the machine replicas may use.
  executor::GpuOptions gpus;
  // Which regions take jobs, and by which price list.
  std::map<std::string, policy::RegionPlan> regions;
  // "nearest" or "strict": what happens to a runtime version that is not installed.
  std::string runtime_compatibility = "nearest";
  std::string default_runtime;  // empty: the catalog's
  std::string price_list;       // empty: the book's default
  std::string price_lists;      // absolute path of a file with own lists; empty: none
  // Bytes of stdout and stderr a replica may write.
  long long output_limit_bytes = 1LL << 30;
  // Processes and threads a replica may have at once; 0: no limit.
  long long max_processes = 4096;
  // Time from SIGTERM to SIGKILL.
  int stop_grace_seconds = 15;
  int prediction_seconds = 60;  // that a request to predict may take
  // Bytes of memory that all model servers may take; 0: what the machine has.
  std::uint64_t serving_memory = 0;
  // With room to spare, before a version has one process less; without a request, before its last
  // ends.
  int serving_cool_down_seconds = 60;
  int serving_idle_seconds = 900;
  // How full the disk may get, and what one client may ask of the server.
  LimitOptions limits;
};

// The folder where none is named.
std::string DefaultDataDir();
// An absolute path, without a slash at its end.
std::string FolderPath(const std::string& text);

// Parses the command line; the file is --config, else DATA/mlengine.yaml when it exists.
// INVALID_ARGUMENT names the flag, or file, line and key. CANCELLED means that help or the version
// was printed and the program should end.
Result<Options> ParseOptions(int argc, char** argv);

}  // namespace mlengine::server
