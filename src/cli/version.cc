#include <ostream>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Result<int> Run(const Invocation&, Session& session) {
  session.out << "mlengine " << kVersion << "\n";
  return kExitOk;
}

}  // namespace

Command VersionCommand() {
  Command command;
  command.path = "version";
  command.summary = "print the version";
  command.description = "Prints the version of this program.";
  command.examples = {"mlengine version"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
