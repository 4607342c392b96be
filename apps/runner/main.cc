// mlengine-runner: beside each replica. A parts list; the room runner has the behaviour.
#include <unistd.h>
#include <climits>
#include <iostream>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "runner/run_replica.h"
#include "runner/staging.h"

namespace {

std::string OwnProgram() {
  char path[PATH_MAX];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof(path));
  return n > 0 ? std::string(path, static_cast<std::size_t>(n)) : "mlengine-runner";
}

int Stage(const std::string& spec_path) {
  using mlengine::runner::EncodeStaging;
  const auto spec = mlengine::runner::ReadLaunchSpec(spec_path);
  std::cout << (spec.ok() ? EncodeStaging(
                                mlengine::runner::StagePackages(mlengine::RealFileSystem(), *spec))
                          : EncodeStaging(spec.status()))
            << std::flush;
  return std::cout.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "--version") {
    std::cout << "mlengine-runner " MLENGINE_VERSION "\n";
    return 0;
  }
  if (words.size() == 2 && words[0] == "stage") return Stage(words[1]);
  if (words.size() == 1 && words[0].starts_with("/")) {
    return mlengine::runner::RunReplica(words[0], OwnProgram());
  }
  std::cerr << "usage: mlengine-runner LAUNCH_SPEC\n"
               "Runs one replica as the absolute path of its launch-spec.json says. The server "
               "starts it; see docs/formats/replica_folder.md.\n";
  return 64;
}
