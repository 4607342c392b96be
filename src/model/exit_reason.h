// The closed list of reasons why a replica ended or never began, each with what follows from it and
// its sentence. docs/guides/exit-reasons.md is written after it. Pure.
#pragma once

#include <array>
#include <string_view>

#include "mlengine/runner/v1/status_record.pb.h"

namespace mlengine::model {

using ExitReason = runner::v1::ExitReason;

enum class Remedy {
  kNone,       // nothing is wrong
  kPermanent,  // it would come again: the job fails
  kRestart,    // the replica is started again, then the job
  kRetry,      // the job is started again
};

struct ReasonRow {
  ExitReason::Code code;
  std::string_view name;
  Remedy remedy;
  // Follows the original's own message. Empty where that says it all.
  std::string_view sentence;
};

inline constexpr std::array kReasons = {
    ReasonRow{ExitReason::UNKNOWN, "UNKNOWN", Remedy::kPermanent, ""},
    ReasonRow{ExitReason::FINISHED, "FINISHED", Remedy::kNone, ""},
    ReasonRow{ExitReason::USER_ERROR, "USER_ERROR", Remedy::kPermanent,
              "The program ended itself with this status."},
    ReasonRow{ExitReason::CRASH, "CRASH", Remedy::kPermanent,
              "The program crashed: the signal is one that the kernel or a library sends when a "
              "program goes wrong."},
    ReasonRow{ExitReason::SIGNALLED, "SIGNALLED", Remedy::kPermanent,
              "The program, or something it works with, sent this signal, and it was not handled."},
    ReasonRow{
        ExitReason::KILLED, "KILLED", Remedy::kRestart,
        "Nobody is known to have sent it: no stop was asked for, no limit was passed, and the "
        "kernel killed nothing for want of memory. The program may have done it itself."},
    ReasonRow{ExitReason::OUT_OF_MEMORY, "OUT_OF_MEMORY", Remedy::kPermanent,
              "Choose a machine type with more memory, or smaller batches."},
    ReasonRow{ExitReason::TOO_MANY_PROCESSES, "TOO_MANY_PROCESSES", Remedy::kPermanent,
              "It reached its limit of processes and threads; maxProcesses in mlengine.yaml raises "
              "it."},
    ReasonRow{ExitReason::OUTPUT_LIMIT, "OUTPUT_LIMIT", Remedy::kPermanent,
              "Print less, or raise outputLimitBytes in mlengine.yaml."},
    ReasonRow{ExitReason::DISK_FULL, "DISK_FULL", Remedy::kPermanent,
              "The disk of its working folder was full."},
    ReasonRow{ExitReason::STOPPED, "STOPPED", Remedy::kNone, "It was asked to stop."},
    ReasonRow{ExitReason::CANCELLED, "CANCELLED", Remedy::kNone, "The job was cancelled."},
    ReasonRow{ExitReason::TIME_LIMIT, "TIME_LIMIT", Remedy::kNone,
              "The job reached a time limit of its own."},
    ReasonRow{ExitReason::BUDGET, "BUDGET", Remedy::kNone, "A budget of the job was spent."},
    ReasonRow{ExitReason::TORN_DOWN, "TORN_DOWN", Remedy::kNone,
              "It was stopped because the master had ended."},
    ReasonRow{ExitReason::STOPPED_WITH_JOB, "STOPPED_WITH_JOB", Remedy::kNone,
              "It was stopped because another replica had failed."},
    ReasonRow{ExitReason::RUNNER_LOST, "RUNNER_LOST", Remedy::kRetry,
              "Something killed the process that watches the program; the program was ended with "
              "it."},
    ReasonRow{ExitReason::MACHINE_REBOOTED, "MACHINE_REBOOTED", Remedy::kRetry,
              "The machine was started anew while it ran."},
    ReasonRow{ExitReason::GPU_FAILED, "GPU_FAILED", Remedy::kPermanent,
              "A GPU that it was given failed its check."},
    ReasonRow{ExitReason::STAGING_FAILED, "STAGING_FAILED", Remedy::kPermanent,
              "A package could not be read or unpacked."},
    ReasonRow{ExitReason::ENVIRONMENT_FAILED, "ENVIRONMENT_FAILED", Remedy::kPermanent,
              "What the package asks for could not be installed."},
    ReasonRow{ExitReason::START_FAILED, "START_FAILED", Remedy::kPermanent,
              "The program could not be started."},
    ReasonRow{ExitReason::STOPPED_BEFORE_START, "STOPPED_BEFORE_START", Remedy::kNone,
              "It was stopped before its program began."},
    ReasonRow{ExitReason::DRILLED, "DRILLED", Remedy::kRestart,
              "A fire drill killed it, as was asked."},
    ReasonRow{ExitReason::PREEMPTED, "PREEMPTED", Remedy::kRetry,
              "A fire drill stopped the whole job, as was asked."},
};

// The first row for a code that is not in the list (of a newer runner).
constexpr const ReasonRow& RowOf(ExitReason::Code code) {
  for (const ReasonRow& row : kReasons) {
    if (row.code == code) return row;
  }
  return kReasons[0];
}

}  // namespace mlengine::model
