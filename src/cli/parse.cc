#include "cli/parse.h"

#include <algorithm>
#include <cctype>

#include "base/nearest_word.h"

namespace mlengine::cli {
namespace {

std::string Quoted(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string DidYouMean(const std::string& nearest) {
  return nearest.empty() ? "" : " Did you mean " + Quoted(nearest) + "?";
}

bool IsUnder(std::string_view path, std::string_view group) {
  return group.empty() || (path.size() > group.size() && path.substr(0, group.size()) == group &&
                           path[group.size()] == ' ');
}

const Command* FindCommand(std::string_view path) {
  for (const Command& command : AllCommands()) {
    if (command.path == path) return &command;
  }
  return nullptr;
}

bool IsGroup(std::string_view path) {
  return std::any_of(AllCommands().begin(), AllCommands().end(),
                     [&](const Command& c) { return IsUnder(c.path, path); });
}

std::vector<std::string> NextWords(std::string_view group) {
  std::vector<std::string> out;
  for (const Command& command : AllCommands()) {
    if (command.hidden || !IsUnder(command.path, group)) continue;
    std::string_view rest = command.path.substr(group.empty() ? 0 : group.size() + 1);
    rest = rest.substr(0, rest.find(' '));
    if (out.empty() || out.back() != rest) out.emplace_back(rest);
  }
  return out;
}

std::string Canonical(std::string_view choice) {
  std::string out(choice);
  for (char& c : out)
    c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The canonical value of a flag, or an error in `error`.
std::string CheckValue(const Flag& flag, std::string value, std::string& error) {
  const std::string name = "--" + std::string(flag.name);
  if (value.empty() && (flag.name == "project" || flag.name == "endpoint")) {
    error = "argument " + name + ": is empty. Write " + name + "=" + std::string(flag.value) +
            " or leave it out.";
  } else if (flag.kind == FlagKind::kNumber) {
    const bool digits =
        !value.empty() && value.size() < 10 &&
        std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c); });
    if (digits && flag.name == "limit" && value.find_first_not_of('0') == std::string::npos)
      error = "argument " + name +
              ": Value must be greater than or equal to 1; received: " + value +
              ". Leave it out for all.";
    if (!digits)
      error = "argument " + name + ": invalid int value: '" + value +
              "'. Give a whole number, 0 or more.";
  } else if (flag.kind == FlagKind::kChoice) {
    std::string list;
    for (const std::string_view choice : flag.choices) {
      if (Canonical(choice) == Canonical(value)) return std::string(choice);
      list += (list.empty() ? "" : ", ") + std::string(choice);
    }
    error = "argument " + name + ": invalid choice: '" + value + "'. Choose one of " + list + ".";
  } else if (flag.kind == FlagKind::kPairs) {
    Invocation one;
    one.values[std::string(flag.name)] = {value};
    for (const std::string& item : one.List(flag.name)) {
      if (item.find('=') == std::string::npos || item.front() == '=') {
        error = "argument " + name + ": bad syntax for dict arg: [" + item +
                "]. Write KEY=VALUE,KEY2=VALUE2.";
      }
    }
  }
  return value;
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {
    for (const std::string& word : words_) {
      if (word == "--") break;
      from_gcloud_ = from_gcloud_ || word == "ml-engine" || word == "ai-platform";
    }
  }

  Parsed Run() {
    if (!FindRow()) return std::move(out_);
    const Command& command = *out_.invocation.command;
    if (command.pass_through) {
      out_.invocation.positionals.assign(words_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         words_.end());
      return std::move(out_);
    }
    while (at_ < words_.size() && out_.error.empty()) {
      const std::string& word = words_[at_];
      if (word == "--") {
        TakeUserArgs(command);
      } else if (word.size() > 1 && word[0] == '-') {
        TakeFlag();
      } else {
        out_.invocation.positionals.push_back(word);
        ++at_;
      }
    }
    if (out_.error.empty() && !out_.wants_help) CheckComplete(command);
    return std::move(out_);
  }

 private:
  // Whether this is one of the words that `gcloud` puts before ours, each once: beta ml-engine.
  bool IsGcloudWord(const std::string& word) {
    const bool is_track = word == "alpha" || word == "beta";
    if (!from_gcloud_ || saw_product_ || (is_track && saw_track_)) return false;
    saw_track_ = is_track;
    saw_product_ = word == "ml-engine" || word == "ai-platform";
    return saw_track_ || saw_product_;
  }

  // Reads flags that every command takes and the command's own words; false when there is no
  // command to run.
  bool FindRow() {
    std::string path;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_];
      if (word.size() > 1 && word[0] == '-') {
        TakeFlag();
        if (!out_.error.empty() || out_.wants_version) return false;
        continue;
      }
      if (path.empty() && IsGcloudWord(word)) {
        ++at_;
        continue;
      }
      const std::string next = path.empty() ? word : path + " " + word;
      out_.invocation.command = FindCommand(next);
      if (out_.invocation.command == nullptr && !IsGroup(next)) {
        const std::string nearest = NearestWord(word, NextWords(path));
        out_.error = "there is no command " + Quoted(next) + "." + DidYouMean(nearest);
        out_.group = path;
        return false;
      }
      path = next;
      ++at_;
      if (out_.invocation.command != nullptr) return true;
    }
    out_.group = path;
    return false;
  }

  const Flag* FindFlag(std::string_view name) const {
    if (out_.invocation.command != nullptr) {
      for (const Flag& flag : out_.invocation.command->flags) {
        if (flag.name == name) return &flag;
      }
    }
    for (const Flag& flag : GlobalFlags()) {
      if (flag.name == name) return &flag;
    }
    return nullptr;
  }

  void TakeFlag() {
    std::string word = words_[at_++];
    if (word == "-h") word = "--help";
    if (word == "-q") word = "--quiet";
    // One dash and a letter: short for the one flag of this command that starts with it (-r, -l,
    // -C).
    const bool is_short = word.size() == 2 && word[1] != '-';
    const std::size_t equals = word.find('=');
    const std::string name =
        word.substr(is_short ? 1 : 2, equals == std::string::npos ? equals : equals - 2);
    const Flag* flag =
        is_short ? FindShort(name[0]) : (word.rfind("--", 0) == 0 ? FindFlag(name) : nullptr);
    const bool is_own = flag != nullptr && flag->kind != FlagKind::kSwitch;  // predict --version v1
    if (word == "-v" || (word == "--version" && !is_own)) {
      out_.wants_version = true;
      return;
    }
    if (flag == nullptr && TakesForGcloud(name, equals != std::string::npos)) return;
    if (flag == nullptr) return UnknownFlag(word.substr(0, equals));
    if (flag->kind == FlagKind::kSwitch) {
      if (equals != std::string::npos) {
        out_.error = "argument --" + name + " takes no value. Write --" + name + ".";
      }
      if (flag->name == "help") out_.wants_help = true;
      out_.invocation.values[std::string(flag->name)].emplace_back();
      return;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (at_ < words_.size() && words_[at_].rfind("--", 0) != 0) {
      value = words_[at_++];
    } else {
      out_.error = "argument --" + name + ": expected one argument. Write --" + name + "=" +
                   std::string(flag->value) + ".";
      return;
    }
    out_.invocation.values[std::string(flag->name)].push_back(
        CheckValue(*flag, std::move(value), out_.error));
  }

  // Flags of every gcloud command that say nothing to this program: what worked there works here.
  bool TakesForGcloud(std::string_view name, bool has_value) {
    static constexpr std::string_view kTexts[] = {"account", "billing-project", "configuration",
                                                  "verbosity"};
    if (!from_gcloud_) return false;
    if (name == "log-http" || name == "user-output-enabled") return true;
    if (std::find(std::begin(kTexts), std::end(kTexts), name) == std::end(kTexts)) return false;
    if (!has_value && at_ < words_.size()) ++at_;
    return true;
  }

  const Flag* FindShort(char letter) const {
    if (out_.invocation.command == nullptr) return nullptr;
    for (const Flag& flag : out_.invocation.command->flags) {
      if (flag.kind == FlagKind::kSwitch && flag.name[0] == letter) return &flag;
      // A capital letter takes a value: -C N.
      if (flag.kind == FlagKind::kNumber && std::toupper(flag.name[0]) == letter) return &flag;
    }
    return nullptr;
  }

  void UnknownFlag(const std::string& word) {
    std::vector<std::string> names;
    for (const Flag& flag : GlobalFlags()) names.push_back("--" + std::string(flag.name));
    if (out_.invocation.command != nullptr) {
      for (const Flag& flag : out_.invocation.command->flags)
        names.push_back("--" + std::string(flag.name));
    }
    out_.error = "unrecognized argument: " + word + "." + DidYouMean(NearestWord(word, names));
  }

  void TakeUserArgs(const Command& command) {
    ++at_;
    auto& into = command.user_args ? out_.invocation.user_args : out_.invocation.positionals;
    into.insert(into.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    at_ = words_.size();
  }

  // Before anything is done: a job must not be submitted by a call that ends as an error.
  bool CheckFormat(const Command& command) {
    if (!out_.invocation.Has("format")) return true;
    const std::string format = out_.invocation.Text("format");
    const bool is_list =
        command.path.size() > 5 && command.path.rfind(" list") == command.path.size() - 5;
    if (format == "json" || format == "yaml" || (format == "table" && is_list)) return true;
    const bool has_fields = format.rfind("value(", 0) == 0 || format.rfind("table(", 0) == 0;
    if (has_fields && format.back() == ')' && format.size() > 7) return true;
    out_.error = "argument --format: " + Quoted(format) + " is not known. Use " +
                 (is_list ? "table, " : "") + "json, yaml, value(FIELD,...) or table(FIELD,...).";
    return false;
  }

  void CheckComplete(const Command& command) {
    if (!CheckFormat(command)) return;
    const std::size_t given = out_.invocation.positionals.size();
    for (std::size_t i = 0; i < command.positionals.size(); ++i) {
      if (command.positionals[i].required &&
          (i >= given || out_.invocation.positionals[i].empty())) {
        out_.error = "argument " + std::string(command.positionals[i].name) +
                     ": Must be specified. " + std::string(command.positionals[i].help);
        return;
      }
    }
    const bool open = std::any_of(command.positionals.begin(), command.positionals.end(),
                                  [](const Positional& one) { return one.repeated; });
    if (!open && given > command.positionals.size()) {
      out_.error =
          "unrecognized argument: " + out_.invocation.positionals[command.positionals.size()] + ".";
      if (command.user_args) out_.error += " Arguments for the program go after `--`.";
      return;
    }
    for (const Flag& flag : command.flags) {
      if (flag.required && !out_.invocation.Has(flag.name)) {
        out_.error = "argument --" + std::string(flag.name) + ": Must be specified. " +
                     std::string(flag.help);
        return;
      }
    }
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  bool from_gcloud_ = false;
  bool saw_track_ = false;
  bool saw_product_ = false;
  Parsed out_;
};

}  // namespace

Parsed Parse(const std::vector<std::string>& words) {
  return Parser(words).Run();
}

}  // namespace mlengine::cli
