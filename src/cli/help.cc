#include "cli/help.h"

#include <set>

namespace mlengine::cli {
namespace {

constexpr char kExitCodes[] =
    "EXIT CODES\n"
    "  0   done; with --stream-logs and stream-logs: the job SUCCEEDED\n"
    "  1   an error, or the job did not succeed\n"
    "  2   the command line could not be understood\n"
    "  69  no server answers; start it with `mlengine server --detach`\n"
    "  `local train` ends with the exit code of the program it runs.\n";

// `text` folded at column 80, every line after `indent` spaces.
std::string Wrap(std::string_view text, std::size_t indent) {
  std::string out;
  std::string line(indent, ' ');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (line.size() > indent && line.size() + 1 + word.size() > 80) {
      out += line + "\n";
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string FlagHead(const Flag& flag) {
  std::string out = "--" + std::string(flag.name);
  if (flag.kind == FlagKind::kSwitch) return out;
  return out + "=" + std::string(flag.value);
}

std::string FlagText(const Flag& flag) {
  std::string out(flag.help);
  if (!flag.choices.empty()) {
    out += " One of:";
    for (const std::string_view choice : flag.choices) out += " " + std::string(choice) + ",";
    out.back() = '.';
  }
  return out;
}

std::string FlagsText(const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& flag : flags) out += "  " + FlagHead(flag) + "\n" + Wrap(FlagText(flag), 6);
  return out;
}

bool InGroup(const Command& command, std::string_view group) {
  if (command.hidden) return false;
  return group.empty() || command.path.rfind(std::string(group) + " ", 0) == 0;
}

std::string_view GroupSummary(std::string_view group) {
  if (group == "local") return "run a training package on this machine";
  if (group == "jobs") return "submit, follow and stop training jobs";
  if (group == "jobs submit") return "submit jobs";
  if (group == "models") return "names under which trained models are served";
  if (group == "versions") return "trained models";
  if (group == "operations") return "what is done to models and versions";
  if (group == "logs") return "read, search and download the logs of jobs";
  if (group == "storage") return "gs:// buckets and objects";
  if (group == "runtimes") return "the Python environments that jobs run in";
  return "Google Cloud ML Engine on your own machines";
}

}  // namespace

std::string UsageLine(const Command& command) {
  std::string out = "mlengine " + std::string(command.path);
  for (const Positional& one : command.positionals) {
    const std::string word = std::string(one.name) + (one.repeated ? " ..." : "");
    out += one.required ? " " + word : " [" + word + "]";
  }
  for (const Flag& flag : command.flags) {
    if (flag.required) out += " " + FlagHead(flag);
  }
  out += command.pass_through ? " [arguments]" : " [flags]";
  if (command.user_args) out += " [-- USER_ARGS ...]";
  return out;
}

std::string CommandHelp(const Command& command) {
  std::string out =
      "NAME\n  mlengine " + std::string(command.path) + " - " + std::string(command.summary) + "\n";
  out += "\nUSAGE\n  " + UsageLine(command) + "\n\nDESCRIPTION\n" + Wrap(command.description, 2);
  if (!command.positionals.empty()) {
    out += "\nARGUMENTS\n";
    for (const Positional& one : command.positionals)
      out += "  " + std::string(one.name) + "\n" + Wrap(one.help, 6);
  }
  if (!command.flags.empty()) out += "\nFLAGS\n" + FlagsText(command.flags);
  out += "\nEXAMPLES\n";
  for (const std::string_view example : command.examples)
    out += "  $ " + std::string(example) + "\n";
  if (!command.pass_through) out += "\nFLAGS OF EVERY COMMAND\n" + FlagsText(GlobalFlags());
  return out + "\n" + kExitCodes;
}

std::string GroupHelp(std::string_view group) {
  const std::string name = group.empty() ? "mlengine" : "mlengine " + std::string(group);
  std::string out = "NAME\n  " + name + " - " + std::string(GroupSummary(group)) + "\n\nUSAGE\n  " +
                    name + " COMMAND [flags]\n\nCOMMANDS\n";
  std::size_t width = 0;
  for (const Command& command : AllCommands()) {
    if (InGroup(command, group)) width = std::max(width, command.path.size());
  }
  for (const Command& command : AllCommands()) {
    if (!InGroup(command, group)) continue;
    out += "  " + std::string(command.path) + std::string(width + 2 - command.path.size(), ' ') +
           std::string(command.summary) + "\n";
  }
  out += "\nEXAMPLE\n";
  for (const Command& command : AllCommands()) {
    if (!InGroup(command, group)) continue;
    out += "  $ " + std::string(command.examples.front()) + "\n";
    if (!group.empty()) break;
    if (command.path == "jobs stream-logs") break;
  }
  out += "\nFLAGS OF EVERY COMMAND\n" + FlagsText(GlobalFlags());
  return out + "\n" + kExitCodes + "\nRun `" + name +
         " COMMAND --help` for a command's flags and examples.\n";
}

}  // namespace mlengine::cli
