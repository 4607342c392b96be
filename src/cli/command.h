// Command: one row of the table that is the single source of parsing, --help, completion and man
// pages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

struct Session;
class Invocation;

enum class FlagKind {
  kSwitch,  // --flag
  kText,    // --flag=VALUE
  kNumber,  // a whole number, 0 or more
  kChoice,  // one of `choices`, compared without case and with '_' as '-'
  kList,    // a,b,c and repeatable
  kPairs,   // k=v,k2=v2 and repeatable
};

struct Flag {
  std::string_view name;  // without the dashes
  FlagKind kind = FlagKind::kSwitch;
  std::string_view value;  // the word for the value in help: "DIR"
  std::string_view help;
  std::vector<std::string_view> choices = {};
  bool required = false;
};

struct Positional {
  std::string_view name;  // "JOB"
  std::string_view help;
  bool required = true;
  bool repeated = false;
};

struct Command {
  std::string_view path;  // "jobs submit training"
  std::string_view summary;
  std::string_view description;
  std::vector<Positional> positionals;
  std::vector<Flag> flags;
  std::vector<std::string_view> examples;  // at least one, as typed
  // The exit code, or why there is none: UNAVAILABLE ends with 69, anything else with 1.
  Result<int> (*run)(const Invocation&, Session&) = nullptr;
  bool user_args = false;     // takes words after "--" for the user's program
  bool pass_through = false;  // every later word belongs to the command, --help too
  bool hidden = false;        // not listed in help and completion
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoServer = 69;

// What was typed, checked against its command's row.
class Invocation {
 public:
  const Command* command = nullptr;
  std::vector<std::string> positionals;
  std::vector<std::string> user_args;
  std::map<std::string, std::vector<std::string>, std::less<>> values;  // by flag; a switch has ""

  bool Has(std::string_view flag) const { return values.find(flag) != values.end(); }
  // The last value given, or `fallback`.
  std::string Text(std::string_view flag, std::string_view fallback = "") const;
  std::optional<std::int64_t> Number(std::string_view flag) const;
  std::vector<std::string> List(std::string_view flag) const;
  // In the order typed; every item has its '=' (the parser saw to it).
  std::vector<std::pair<std::string, std::string>> Pairs(std::string_view flag) const;
  // "mlengine.jobs.submit.training": how errors name the command.
  std::string DottedName() const;
};

// Flags that every command takes.
const std::vector<Flag>& GlobalFlags();
// All commands, in the order of help.
const std::vector<Command>& AllCommands();

}  // namespace mlengine::cli
