#include <ostream>

#include "base/file_system.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> RunHelp(const Invocation& invocation, Session& session) {
  std::string path;
  for (const std::string& word : invocation.positionals) path += (path.empty() ? "" : " ") + word;
  bool is_group = path.empty();
  for (const Command& command : AllCommands()) {
    if (command.path == path) {
      session.out << CommandHelp(command);
      return kExitOk;
    }
    is_group = is_group || command.path.rfind(path + " ", 0) == 0;
  }
  if (!is_group)
    return InvalidArgumentError("there is no command `" + path +
                                "`. Run `mlengine help` for the list.");
  session.out << GroupHelp(path);
  return kExitOk;
}

Result<int> RunMan(const Invocation& invocation, Session& session) {
  const std::string& folder = invocation.positionals[0];
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectories(folder));
  MLENGINE_RETURN_IF_ERROR(
      RealFileSystem().WriteAtomic(JoinPath(folder, "mlengine.1"), ProgramMan()));
  int pages = 1;
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    std::string name = "mlengine-" + std::string(command.path) + ".1";
    for (char& c : name) c = c == ' ' ? '-' : c;
    MLENGINE_RETURN_IF_ERROR(
        RealFileSystem().WriteAtomic(JoinPath(folder, name), CommandMan(command)));
    ++pages;
  }
  if (!invocation.Has("quiet")) session.err << "Wrote " << pages << " pages to " << folder << ".\n";
  return kExitOk;
}

}  // namespace

Command HelpCommand() {
  Command command;
  command.path = "help";
  command.summary = "print the help of a command or group";
  command.description = "The same page as `mlengine COMMAND --help`.";
  command.positionals = {{"COMMAND", "The command, as typed.", false, true}};
  command.examples = {"mlengine help jobs submit training"};
  command.run = RunHelp;
  return command;
}

Command ManCommand() {
  Command command;
  command.path = "man";
  command.summary = "write the man pages";
  command.description = "Writes one man page a command into a folder.";
  command.positionals = {{"DIR", "The folder; made when missing."}};
  command.examples = {"mlengine man /tmp/man1"};
  command.run = RunMan;
  command.hidden = true;
  return command;
}

}  // namespace mlengine::cli
