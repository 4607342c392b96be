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

// The flags that take a value, "--name", each once.
std::set<std::string> ValueFlags() {
  std::set<std::string> out;
  const auto add = [&](const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) {
      if (flag.kind != FlagKind::kSwitch) out.insert("--" + std::string(flag.name));
    }
  };
  add(GlobalFlags());
  for (const Command& command : AllCommands()) add(command.flags);
  return out;
}

// What a flag's value may be; empty when only the user knows.
std::string Choices(const Flag& flag) {
  if (flag.name == "format") return "json table yaml";
  std::set<std::string> words;
  for (const std::string_view choice : flag.choices) words.emplace(choice);
  return Joined(words);
}

// What may stand where a command's first argument does; a shell command in $(...) or words.
std::string Arguments(const Command& command) {
  if (command.path == "completion") return "bash fish zsh";
  if (command.path == "help") return Joined(WordsByGroup()[""]);
  const bool takes_job = !command.positionals.empty() && command.positionals[0].name == "JOB";
  if (!takes_job || command.path == "jobs submit training") return "";
  return "$(mlengine jobs list --limit=100 --format='value(jobId)' 2>/dev/null)";
}

// The same cases for bash and zsh: $typed is what was typed so far, $flag the flag that waits for
// its value, $current the word that is being typed; $candidates is set to what may follow.
std::string Cases() {
  std::string out = "  case \"$flag\" in\n";
  std::set<std::string> seen;
  const auto add = [&](const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) {
      const std::string choices = Choices(flag);
      if (choices.empty() || !seen.emplace(flag.name).second) continue;
      out += "    --" + std::string(flag.name) + ") candidates=\"" + choices + "\" ;;\n";
    }
  };
  add(GlobalFlags());
  for (const Command& command : AllCommands()) add(command.flags);
  out += "  esac\n  [[ -n \"$flag\" ]] || case \"$typed\" in\n";
  for (const auto& [group, words] : WordsByGroup()) {
    out += "    \"" + group + "\") candidates=\"" + Joined(words) + "\" ;;\n";
  }
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    const std::string path(command.path);
    const std::string arguments = Arguments(command);
    if (!arguments.empty()) {
      out += "    \"" + path + "\") [[ \"$current\" == -* ]] && candidates=\"" +
             FlagWords(command) + "\" || candidates=\"" + arguments + "\" ;;\n";
    }
    out += "    \"" + path + "\"*) candidates=\"" + FlagWords(command) + "\" ;;\n";
  }
  return out + "  esac\n";
}

// Reads $word, one of the words before the current one, into $typed and $flag. bash makes three
// words of --format=json.
std::string TakeWord() {
  std::string flags;
  for (const std::string& flag : ValueFlags()) flags += (flags.empty() ? "" : "|") + flag;
  return "    if [[ \"$word\" == \"=\" ]]; then continue\n"
         "    elif [[ -n \"$flag\" ]]; then flag=\"\"\n"
         "    else case \"$word\" in\n"
         "      " +
         flags +
         ") flag=\"$word\" ;;\n"
         "      -*) ;;\n"
         "      *) typed=\"${typed:+$typed }$word\" ;;\n"
         "    esac; fi\n";
}

std::string Bash() {
  return "# bash completion for mlengine: source <(mlengine completion bash)\n"
         "_mlengine() {\n"
         "  local typed=\"\" flag=\"\" candidates=\"\" word i "
         "current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n" +
         TakeWord() +
         "  done\n"
         "  [[ \"$current\" != \"=\" ]] || current=\"\"\n" +
         Cases() +
         "  COMPREPLY=($(compgen -W \"$candidates\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _mlengine mlengine\n";
}

std::string Zsh() {
  return "#compdef mlengine\n# zsh completion for mlengine: source <(mlengine completion zsh)\n"
         "_mlengine() {\n"
         "  local typed=\"\" flag=\"\" candidates=\"\" word i current=\"${words[CURRENT]}\"\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    word=\"${words[i]}\"\n" +
         TakeWord() + "  done\n" + Cases() +
         "  compadd -- ${=candidates} || _files\n"
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

std::string FishFunctions() {
  std::string flags;
  for (const std::string& flag : ValueFlags()) flags += " " + flag;
  return "function __mlengine_path\n"
         "  set -l path\n"
         "  set -l value no\n"
         "  for word in (commandline -opc)[2..-1]\n"
         "    if test $value = yes\n"
         "      set value no\n"
         "    else if contains -- $word" +
         flags +
         "\n"
         "      set value yes\n"
         "    else if not string match -q -- '-*' $word\n"
         "      set path $path $word\n"
         "    end\n"
         "  end\n"
         "  string join ' ' -- $path\n"
         "end\n"
         "function __mlengine_at\n"
         "  set -l path (__mlengine_path)\n"
         "  test \"$path\" = \"$argv[1]\"\n"
         "end\n"
         "function __mlengine_under\n"
         "  set -l path (__mlengine_path)\n"
         "  string match -q -- \"$argv[1]*\" \"$path\"\n"
         "end\n";
}

// The part of a `complete` line that tells of one flag.
std::string FishFlag(const Flag& flag) {
  std::string out = " -l " + std::string(flag.name);
  const std::string choices = Choices(flag);
  if (!choices.empty()) {
    out += " -x -a " + FishQuoted(choices);
  } else if (flag.kind != FlagKind::kSwitch) {
    out += " -r";
  }
  return out + " -d " + FishQuoted(flag.help.substr(0, flag.help.find('.'))) + "\n";
}

std::string Fish() {
  std::string out =
      "# fish completion for mlengine: mlengine completion fish | source\n" + FishFunctions();
  for (const auto& [group, words] : WordsByGroup()) {
    out += "complete -c mlengine -f -n '__mlengine_at \"" + group + "\"' -a " +
           FishQuoted(Joined(words)) + "\n";
  }
  for (const Command& command : AllCommands()) {
    if (command.hidden) continue;
    std::string arguments = Arguments(command);
    if (!arguments.empty()) {
      // fish writes a command's output as (...).
      if (arguments[0] == '$') arguments.erase(0, 1);
      out += "complete -c mlengine -f -n '__mlengine_at \"" + std::string(command.path) +
             "\"' -a " + FishQuoted(arguments) + "\n";
    }
    for (const Flag& flag : command.flags) {
      out += "complete -c mlengine -n '__mlengine_under \"" + std::string(command.path) + "\"'" +
             FishFlag(flag);
    }
  }
  for (const Flag& flag : GlobalFlags()) out += "complete -c mlengine" + FishFlag(flag);
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
