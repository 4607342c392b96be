#include "cli/command.h"

#include <charconv>

#include "cli/commands.h"

namespace mlengine::cli {
namespace {

std::vector<std::string> SplitCommas(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    std::size_t start = 0;
    while (start <= text.size()) {
      const std::size_t comma = std::min(text.find(',', start), text.size());
      if (comma > start) out.push_back(text.substr(start, comma - start));
      start = comma + 1;
    }
  }
  return out;
}

}  // namespace

std::string Invocation::Text(std::string_view flag, std::string_view fallback) const {
  const auto found = values.find(flag);
  return found == values.end() ? std::string(fallback) : found->second.back();
}

std::optional<std::int64_t> Invocation::Number(std::string_view flag) const {
  const auto found = values.find(flag);
  if (found == values.end()) return std::nullopt;
  const std::string& text = found->second.back();
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> Invocation::List(std::string_view flag) const {
  const auto found = values.find(flag);
  return found == values.end() ? std::vector<std::string>{} : SplitCommas(found->second);
}

std::vector<std::pair<std::string, std::string>> Invocation::Pairs(std::string_view flag) const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& item : List(flag)) {
    const std::size_t equals = item.find('=');
    out.emplace_back(item.substr(0, equals),
                     equals == std::string::npos ? "" : item.substr(equals + 1));
  }
  return out;
}

std::string Invocation::DottedName() const {
  std::string out = "mlengine";
  if (command == nullptr) return out;
  out += '.';
  for (const char c : command->path) out += c == ' ' ? '.' : c;
  return out;
}

const std::vector<Flag>& GlobalFlags() {
  static const std::vector<Flag> flags = {
      {"project", FlagKind::kText, "PROJECT",
       "The project; else MLENGINE_PROJECT, else `project:` in the configuration file, else "
       "`default`."},
      {"endpoint", FlagKind::kText, "URL",
       "The server; else MLENGINE_ENDPOINT, else `endpoint:` in the configuration file, else the "
       "server that runs on this machine."},
      {"format", FlagKind::kText, "FORMAT",
       "How to print the answer: table, json, yaml, or value(FIELD,...) for bare fields."},
      {"quiet", FlagKind::kSwitch, "", "Print nothing but the answer and errors."},
      {"help", FlagKind::kSwitch, "", "Print this page."},
      {"version", FlagKind::kSwitch, "", "Print the version."},
  };
  return flags;
}

const std::vector<Command>& AllCommands() {
  static const std::vector<Command> commands = {
      LocalTrainCommand(),
      LocalPredictCommand(),
      JobsSubmitTrainingCommand(),
      JobsSubmitPredictionCommand(),
      JobsEstimateCommand(),
      JobsListCommand(),
      JobsDescribeCommand(),
      JobsCancelCommand(),
      JobsDrillCommand(),
      JobsExplainCommand(),
      JobsWhyCommand(),
      JobsCostCommand(),
      JobsTraceCommand(),
      JobsUpdateCommand(),
      JobsStreamLogsCommand(),
      ModelsCreateCommand(),
      ModelsListCommand(),
      ModelsDescribeCommand(),
      ModelsUpdateCommand(),
      ModelsDeleteCommand(),
      ModelsServingCommand(),
      ModelsSetServingCommand(),
      ModelsDeployCommand(),
      ModelsGetIamPolicyCommand(),
      ModelsSetIamPolicyCommand(),
      VersionsCreateCommand(),
      VersionsListCommand(),
      VersionsDescribeCommand(),
      VersionsUpdateCommand(),
      VersionsSetDefaultCommand(),
      VersionsDeleteCommand(),
      PredictCommand(),
      OperationsListCommand(),
      OperationsDescribeCommand(),
      OperationsWaitCommand(),
      OperationsCancelCommand(),
      LogsReadCommand(),
      LogsGrepCommand(),
      LogsListCommand(),
      LogsDownloadCommand(),
      JobsMetricsCommand(),
      StorageMbCommand(),
      StorageLsCommand(),
      StorageCpCommand(),
      StorageCatCommand(),
      StorageRmCommand(),
      RuntimesListCommand(),
      RuntimesDescribeCommand(),
      RuntimesInstallCommand(),
      RuntimesUninstallCommand(),
      LocationsListCommand(),
      LocationsDescribeCommand(),
      QuotasListCommand(),
      QuotasSetCommand(),
      QuotasProfileCommand(),
      BudgetsListCommand(),
      BudgetsSetCommand(),
      TensorboardCommand(),
      ServerCommand(),
      GcloudEnvCommand(),
      VersionCommand(),
      CompletionCommand(),
      HelpCommand(),
      ManCommand(),
  };
  return commands;
}

}  // namespace mlengine::cli
