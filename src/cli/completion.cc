#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

// What may follow each group: "" -> jobs local storage ..., "jobs" -> submit list ...
std::map<std::string, std::set<std::string>> WordsByGroup() {
  std::map<std::string, std::set<std::string>> out;
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    std::string group;
    std::string_view rest = command.path;
    while (!rest.empty()) {
      const std::string word(rest.substr(0, rest.find(' ')));
      out[group].insert(word);
      group += (group.empty() ? "" : " ") + word;
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
  }
  return out;
}

std::string Joined(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string FlagWords(const Command& command) {
  std::set<std::string> words;
  for (const Flag& flag : command.flags) words.insert("--" + std::string(flag.name));
  for (const Flag& flag : GlobalFlags()) words.insert("--" + std::string(flag.name));
  return Joined(words);
}

// The same cases for bash and zsh: $path is what was typed so far, $words_ is set to what may
// follow.
std::string Cases() {
  std::string out = "  case \"$path\" in\n";
  for (const auto& [group, words] : WordsByGroup()) {
    out += "    \"" + group + "\") candidates=\"" + Joined(words) + "\" ;;\n";
  }
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    out += "    \"" + std::string(command.path) + "\"*) candidates=\"" + FlagWords(command) +
           "\" ;;\n";
  }
  return out + "  esac\n";
}

std::string Bash() {
  return "# bash completion for mlengine: source <(mlengine completion bash)\n"
         "_mlengine() {\n"
         "  local path=\"\" candidates=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ \"${COMP_WORDS[i]}\" == -* ]] || path=\"${path:+$path }${COMP_WORDS[i]}\"\n"
         "  done\n" +
         Cases() +
         "  COMPREPLY=($(compgen -W \"$candidates\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _mlengine mlengine\n";
}

std::string Zsh() {
  return "#compdef mlengine\n# zsh completion for mlengine: source <(mlengine completion zsh)\n"
         "_mlengine() {\n"
         "  local path=\"\" candidates=\"\" i\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    [[ \"${words[i]}\" == -* ]] || path=\"${path:+$path }${words[i]}\"\n"
         "  done\n" +
         Cases() +
         "  compadd -- ${=candidates}\n"
         "  _files\n"
         "}\n"
         "compdef _mlengine mlengine\n";
}

// A word in fish's single quotes.
std::string FishQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string Fish() {
  std::string out =
      "# fish completion for mlengine: mlengine completion fish | source\n"
      "function __mlengine_path\n"
      "  string join ' ' -- (string match -v -- '-*' (commandline -opc)[2..-1])\n"
      "end\n";
  for (const auto& [group, words] : WordsByGroup()) {
    out += "complete -c mlengine -f -n 'test (__mlengine_path) = " + std::string("\"") + group +
           "\"' -a " + FishQuoted(Joined(words)) + "\n";
  }
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    for (const Flag& flag : command.flags) {
      out += "complete -c mlengine -n 'string match -q -- \"" + std::string(command.path) +
             "*\" (__mlengine_path)' -l " + std::string(flag.name) +
             (flag.kind == FlagKind::kSwitch ? "" : " -r") + " -d " +
             FishQuoted(flag.help.substr(0, flag.help.find('.'))) + "\n";
    }
  }
  for (const Flag& flag : GlobalFlags()) {
    out += "complete -c mlengine -l " + std::string(flag.name) + "\n";
  }
  return out;
}

Result<int> Run(const Invocation& invocation, Session& session) {
  const std::string script = CompletionScript(invocation.positionals[0]);
  if (script.empty()) {
    return InvalidArgumentError("no completion for `" + invocation.positionals[0] +
                                "`. Use bash, zsh or fish.");
  }
  session.out << script;
  return kExitOk;
}

}  // namespace

std::string CompletionScript(std::string_view shell) {
  if (shell == "bash") return Bash();
  if (shell == "zsh") return Zsh();
  if (shell == "fish") return Fish();
  return "";
}

Command CompletionCommand() {
  Command command;
  command.path = "completion";
  command.summary = "print a shell's completion script";
  command.description = "Prints a script that completes mlengine's commands and flags.";
  command.positionals = {{"SHELL", "bash, zsh or fish."}};
  command.examples = {"source <(mlengine completion bash)"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
