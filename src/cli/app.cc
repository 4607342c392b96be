#include "cli/app.h"

#include <ostream>

#include "cli/api.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/session.h"
#include "cli/settings.h"

namespace mlengine::cli {
namespace {

int UsageError(const Parsed& parsed, Session& session) {
  const Command* command = parsed.invocation.command;
  session.err << "ERROR: (" << parsed.invocation.DottedName() << ") " << parsed.error << "\n";
  if (command != nullptr) {
    session.err << "Usage: " << UsageLine(*command) << "\nRun `mlengine " << command->path
                << " --help` for its flags and examples.\n";
  } else {
    session.err << "Run `mlengine " << parsed.group << (parsed.group.empty() ? "" : " ")
                << "--help` for the list of commands.\n";
  }
  return kExitUsage;
}

}  // namespace

int RunApp(const std::vector<std::string>& words, Session& session) {
  const Parsed parsed = Parse(words);
  if (parsed.wants_version) {
    session.out << "mlengine " << kVersion << "\n";
    return kExitOk;
  }
  if (!parsed.error.empty()) return UsageError(parsed, session);
  const Command* command = parsed.invocation.command;
  if (command == nullptr) {
    // A bare group is a question; a bare program too.
    (parsed.wants_help ? session.out : session.err) << GroupHelp(parsed.group);
    return parsed.wants_help ? kExitOk : kExitUsage;
  }
  if (parsed.wants_help) {
    session.out << CommandHelp(*command);
    return kExitOk;
  }
  const Result<int> code = command->run(parsed.invocation, session);
  session.out.flush();
  if (code.ok()) return *code;
  const Result<std::string> project = ProjectOf(parsed.invocation, session);
  session.err << "ERROR: (" << parsed.invocation.DottedName() << ") "
              << ErrorText(code.status(), project.value_or("")) << "\n";
  const bool no_server = code.status().code() == StatusCode::kUnavailable &&
                         code.status().message().rfind("no server ", 0) == 0;
  return no_server ? kExitNoServer : kExitFailed;
}

}  // namespace mlengine::cli
