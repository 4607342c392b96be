// Parse: from the words typed to an Invocation, by gcloud's grammar: groups, `--flag=value`,
// `--flag value`, flags before or after positionals, repeatable lists, and the user's own arguments
// after `--`.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace mlengine::cli {

struct Parsed {
  Invocation invocation;
  // Set when the words name a group ("jobs") or nothing: its help is wanted.
  std::string group;
  bool wants_help = false;
  bool wants_version = false;
  // Set when the words cannot be understood; `suggestion` may be empty.
  std::string error;
};

// `words` are the arguments without the program's name. A leading `ml-engine` or `ai-platform` is
// skipped, and `alpha`/`beta` before it.
Parsed Parse(const std::vector<std::string>& words);

}  // namespace mlengine::cli
