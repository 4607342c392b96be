#include <unistd.h>

#include <cerrno>

#include "base/file_system.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation& invocation, Session& session) {
  const std::string program = JoinPath(session.program_folder, "mlengine-server");
  std::vector<char*> words = {const_cast<char*>(program.c_str())};
  for (const std::string& word : invocation.positionals)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  return ErrnoError(errno, "run " + program)
      .WithContext("the server's program must lie beside mlengine");
}

}  // namespace

Command ServerCommand() {
  Command command;
  command.path = "server";
  command.summary = "run the server";
  command.description =
      "Runs mlengine-server, which lies beside this program, with all further arguments. `mlengine "
      "server --help` prints its flags; `mlengine server status`, `backup FOLDER`, `restore "
      "FOLDER` "
      "and `check` look after its data folder.";
  command.examples = {"mlengine server --detach", "mlengine server backup /srv/backup/monday",
                      "mlengine server check",
                      "mlengine server --data-dir=/srv/mlengine --listen=127.0.0.1:8650"};
  command.run = Run;
  command.pass_through = true;
  return command;
}

}  // namespace mlengine::cli
