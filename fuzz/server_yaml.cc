// mlengine.yaml, as the server reads it.
#include "../apps/server/options.h"
#include "base/testing/temp_dir.h"
#include "fuzz_target.h"

namespace mlengine::fuzz {

FUZZ_TARGET(server_yaml) {
  static const TempDir dir;
  std::string config = dir / "mlengine.yaml";
  Require(RealFileSystem().ReplaceVisible(config, bytes).ok(), "a file is written");
  std::string program = "mlengine-server";
  std::string flag = "--config";
  char* words[] = {program.data(), flag.data(), config.data(), nullptr};
  const auto options = server::ParseOptions(3, words);
  if (!options.ok()) return RequireInvalid(options.status());
  Require(options->slots >= 0 && options->stop_grace_seconds >= 0, "numbers are not negative");
  Require(options->replica_ports.first <= options->replica_ports.last, "ports are a range");
  Require(options->limits.net.connection_limit > 0 && options->limits.net.header_limit > 0,
          "no limit shuts everybody out");
}

}  // namespace mlengine::fuzz
