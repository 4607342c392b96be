// Help, man pages and completion scripts, all made from the command table.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace mlengine::cli {

// The page of one command, as --help prints it.
std::string CommandHelp(const Command& command);
// The page of a group ("jobs", "" for the whole program): its commands, exit codes, environment.
std::string GroupHelp(std::string_view group);
// "Usage: mlengine jobs cancel JOB [flags]".
std::string UsageLine(const Command& command);

// The man page of one command in roff, section 1.
std::string CommandMan(const Command& command);
std::string ProgramMan();

// A completion script; `shell` is bash, zsh or fish.
std::string CompletionScript(std::string_view shell);

}  // namespace mlengine::cli
