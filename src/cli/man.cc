#include "cli/help.h"

namespace mlengine::cli {
namespace {

// Text that roff must print as it stands.
std::string Roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
      out += c;
    }
  }
  return out;
}

std::string Header(const std::string& title) {
  return ".TH \"" + Roff(title) + "\" 1 \"\" mlengine \"mlengine\"\n";
}

std::string PageName(const Command& command) {
  std::string out = "mlengine-";
  for (const char c : command.path) out += c == ' ' ? '-' : c;
  return out;
}

std::string Items(const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& flag : flags) {
    std::string head = "--" + std::string(flag.name);
    if (flag.kind != FlagKind::kSwitch) head += "=" + std::string(flag.value);
    out += ".TP\n.B " + Roff(head) + "\n" + Roff(flag.help) + "\n";
    if (flag.choices.empty()) continue;
    out += "One of:";
    for (const std::string_view choice : flag.choices) out += " " + Roff(choice);
    out += ".\n";
  }
  return out;
}

constexpr char kExitStatus[] =
    ".SH EXIT STATUS\n.TP\n0\nDone; a followed job SUCCEEDED.\n.TP\n1\nAn error, or the job did "
    "not succeed.\n"
    ".TP\n2\nThe command line could not be understood.\n.TP\n69\nNo server answers.\n";

}  // namespace

std::string CommandMan(const Command& command) {
  std::string out = Header(PageName(command)) + ".SH NAME\n" + Roff(PageName(command)) + " \\- " +
                    Roff(command.summary) + "\n.SH SYNOPSIS\n.B " + Roff(UsageLine(command)) +
                    "\n.SH DESCRIPTION\n" + Roff(command.description) + "\n";
  if (!command.positionals.empty()) {
    out += ".SH ARGUMENTS\n";
    for (const Positional& one : command.positionals)
      out += ".TP\n.I " + Roff(one.name) + "\n" + Roff(one.help) + "\n";
  }
  if (!command.flags.empty()) out += ".SH OPTIONS\n" + Items(command.flags);
  out += ".SH EXAMPLES\n.nf\n";
  for (const std::string_view example : command.examples) out += Roff(example) + "\n";
  out += ".fi\n.SH GLOBAL OPTIONS\n" + Items(GlobalFlags());
  return out + kExitStatus + ".SH SEE ALSO\n.BR mlengine (1)\n";
}

std::string ProgramMan() {
  std::string out =
      Header("mlengine") +
      ".SH NAME\nmlengine \\- Google Cloud ML Engine on your own machines\n.SH SYNOPSIS\n"
      ".B mlengine\n.I COMMAND\n[flags]\n.SH COMMANDS\n";
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    out += ".TP\n.BR " + Roff(PageName(command)) + " (1)\n" + Roff(command.summary) + "\n";
  }
  return out + ".SH GLOBAL OPTIONS\n" + Items(GlobalFlags()) + kExitStatus;
}

}  // namespace mlengine::cli
