// The rows of the command table; each is written in the file of its command.
#pragma once

#include "cli/command.h"

namespace mlengine::cli {

Command LocalTrainCommand();
Command JobsSubmitTrainingCommand();
Command JobsSubmitPredictionCommand();
Command LocalPredictCommand();
Command JobsEstimateCommand();
Command JobsListCommand();
Command JobsDescribeCommand();
Command JobsCancelCommand();
Command JobsDrillCommand();
Command JobsExplainCommand();
Command JobsWhyCommand();
Command JobsTraceCommand();
Command JobsUpdateCommand();
Command JobsStreamLogsCommand();
Command ModelsCreateCommand();
Command ModelsListCommand();
Command ModelsDescribeCommand();
Command ModelsUpdateCommand();
Command ModelsDeleteCommand();
Command ModelsServingCommand();
Command ModelsSetServingCommand();
Command ModelsDeployCommand();
Command ModelsGetIamPolicyCommand();
Command ModelsSetIamPolicyCommand();
Command VersionsCreateCommand();
Command VersionsListCommand();
Command VersionsDescribeCommand();
Command VersionsUpdateCommand();
Command VersionsSetDefaultCommand();
Command VersionsDeleteCommand();
Command PredictCommand();
Command OperationsListCommand();
Command OperationsDescribeCommand();
Command OperationsWaitCommand();
Command OperationsCancelCommand();
Command LogsReadCommand();
Command LogsGrepCommand();
Command LogsListCommand();
Command LogsDownloadCommand();
Command JobsMetricsCommand();
Command TensorboardCommand();
Command StorageMbCommand();
Command StorageLsCommand();
Command StorageCpCommand();
Command StorageCatCommand();
Command StorageRmCommand();
Command RuntimesListCommand();
Command RuntimesDescribeCommand();
Command RuntimesInstallCommand();
Command RuntimesUninstallCommand();
Command LocationsListCommand();
Command LocationsDescribeCommand();
Command JobsCostCommand();
Command QuotasListCommand();
Command QuotasSetCommand();
Command QuotasProfileCommand();
Command BudgetsListCommand();
Command BudgetsSetCommand();
Command ServerCommand();
Command GcloudEnvCommand();
Command VersionCommand();
Command CompletionCommand();
Command HelpCommand();
Command ManCommand();

}  // namespace mlengine::cli
