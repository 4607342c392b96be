// The closed list of causes. Names reach disk and answers and are never changed; the guide
// docs/guides/first-cause.md is written after it. Pure.
#pragma once

#include <array>
#include <string_view>

namespace mlengine::insight {

enum class CauseKind {
  kUnknown,
  // What a Python program raises or prints.
  kModuleMissing,
  kProgramMissing,
  kNameNotInModule,
  kSyntaxError,
  kPython2Code,
  kArguments,
  kFileMissing,
  kPermissionDenied,
  kDataFormat,
  kTextEncoding,
  kVariableMissing,
  kRecursion,
  kInterrupted,
  kChildFailed,
  kException,
  kExitMessage,
  // Frameworks.
  kTf1Api,
  kShapeMismatch,
  kTypeMismatch,
  kNotANumber,
  kCheckpointMissing,
  kCheckpointMismatch,
  kDataCorrupt,
  kDataEnded,
  kLabelRange,
  kLoaderDied,
  kGpuMissing,
  kGpuMemory,
  kGpuError,
  // Object storage.
  kBucketMissing,
  kObjectMissing,
  kStorageDenied,
  kSchemeUnknown,
  // Before any user code.
  kPipNotFound,
  kPipBuildFailed,
  kPipConflict,
  kPipOtherPython,
  kPipUnreachable,
  kPipFailed,
  kPackageUnreadable,
  kGpuCheck,
  kStartFailed,
  // The machine and its system.
  kOutOfMemory,
  kTooManyProcesses,
  kTooManyFiles,
  kOutputLimit,
  kDiskFull,
  kSharedLibraryMissing,
  kPortInUse,
  kSegmentationFault,
  kIllegalInstruction,
  kAborted,
  kCrash,
  kSignalled,
  kKilled,
  kRunnerLost,
  kMachineRebooted,
  // The network: never first when another replica failed before.
  kConnectionRefused,
  kConnectionClosed,
  kHostUnknown,
  kTimedOut,
  kUnavailable,
  kCollectiveFailed,
  kPeerEnded,
};

struct CauseRow {
  CauseKind kind;
  std::string_view name;
  bool is_network = false;
};

inline constexpr std::array kCauses = {
    CauseRow{CauseKind::kUnknown, "UNKNOWN"},
    CauseRow{CauseKind::kModuleMissing, "MODULE_MISSING"},
    CauseRow{CauseKind::kProgramMissing, "PROGRAM_MISSING"},
    CauseRow{CauseKind::kNameNotInModule, "NAME_NOT_IN_MODULE"},
    CauseRow{CauseKind::kSyntaxError, "SYNTAX_ERROR"},
    CauseRow{CauseKind::kPython2Code, "PYTHON2_CODE"},
    CauseRow{CauseKind::kArguments, "ARGUMENTS"},
    CauseRow{CauseKind::kFileMissing, "FILE_MISSING"},
    CauseRow{CauseKind::kPermissionDenied, "PERMISSION_DENIED"},
    CauseRow{CauseKind::kDataFormat, "DATA_FORMAT"},
    CauseRow{CauseKind::kTextEncoding, "TEXT_ENCODING"},
    CauseRow{CauseKind::kVariableMissing, "VARIABLE_MISSING"},
    CauseRow{CauseKind::kRecursion, "RECURSION"},
    CauseRow{CauseKind::kInterrupted, "INTERRUPTED"},
    CauseRow{CauseKind::kChildFailed, "CHILD_FAILED"},
    CauseRow{CauseKind::kException, "EXCEPTION"},
    CauseRow{CauseKind::kExitMessage, "EXIT_MESSAGE"},
    CauseRow{CauseKind::kTf1Api, "TF1_API"},
    CauseRow{CauseKind::kShapeMismatch, "SHAPE_MISMATCH"},
    CauseRow{CauseKind::kTypeMismatch, "TYPE_MISMATCH"},
    CauseRow{CauseKind::kNotANumber, "NOT_A_NUMBER"},
    CauseRow{CauseKind::kCheckpointMissing, "CHECKPOINT_MISSING"},
    CauseRow{CauseKind::kCheckpointMismatch, "CHECKPOINT_MISMATCH"},
    CauseRow{CauseKind::kDataCorrupt, "DATA_CORRUPT"},
    CauseRow{CauseKind::kDataEnded, "DATA_ENDED"},
    CauseRow{CauseKind::kLabelRange, "LABEL_RANGE"},
    CauseRow{CauseKind::kLoaderDied, "LOADER_DIED"},
    CauseRow{CauseKind::kGpuMissing, "GPU_MISSING"},
    CauseRow{CauseKind::kGpuMemory, "GPU_MEMORY"},
    CauseRow{CauseKind::kGpuError, "GPU_ERROR"},
    CauseRow{CauseKind::kBucketMissing, "BUCKET_MISSING"},
    CauseRow{CauseKind::kObjectMissing, "OBJECT_MISSING"},
    CauseRow{CauseKind::kStorageDenied, "STORAGE_DENIED"},
    CauseRow{CauseKind::kSchemeUnknown, "SCHEME_UNKNOWN"},
    CauseRow{CauseKind::kPipNotFound, "PIP_NOT_FOUND"},
    CauseRow{CauseKind::kPipBuildFailed, "PIP_BUILD_FAILED"},
    CauseRow{CauseKind::kPipConflict, "PIP_CONFLICT"},
    CauseRow{CauseKind::kPipOtherPython, "PIP_OTHER_PYTHON"},
    CauseRow{CauseKind::kPipUnreachable, "PIP_UNREACHABLE"},
    CauseRow{CauseKind::kPipFailed, "PIP_FAILED"},
    CauseRow{CauseKind::kPackageUnreadable, "PACKAGE_UNREADABLE"},
    CauseRow{CauseKind::kGpuCheck, "GPU_CHECK"},
    CauseRow{CauseKind::kStartFailed, "START_FAILED"},
    CauseRow{CauseKind::kOutOfMemory, "OUT_OF_MEMORY"},
    CauseRow{CauseKind::kTooManyProcesses, "TOO_MANY_PROCESSES"},
    CauseRow{CauseKind::kTooManyFiles, "TOO_MANY_FILES"},
    CauseRow{CauseKind::kOutputLimit, "OUTPUT_LIMIT"},
    CauseRow{CauseKind::kDiskFull, "DISK_FULL"},
    CauseRow{CauseKind::kSharedLibraryMissing, "SHARED_LIBRARY_MISSING"},
    CauseRow{CauseKind::kPortInUse, "PORT_IN_USE"},
    CauseRow{CauseKind::kSegmentationFault, "SEGMENTATION_FAULT"},
    CauseRow{CauseKind::kIllegalInstruction, "ILLEGAL_INSTRUCTION"},
    CauseRow{CauseKind::kAborted, "ABORTED"},
    CauseRow{CauseKind::kCrash, "CRASH"},
    CauseRow{CauseKind::kSignalled, "SIGNALLED"},
    CauseRow{CauseKind::kKilled, "KILLED"},
    CauseRow{CauseKind::kRunnerLost, "RUNNER_LOST"},
    CauseRow{CauseKind::kMachineRebooted, "MACHINE_REBOOTED"},
    CauseRow{CauseKind::kConnectionRefused, "CONNECTION_REFUSED", true},
    CauseRow{CauseKind::kConnectionClosed, "CONNECTION_CLOSED", true},
    CauseRow{CauseKind::kHostUnknown, "HOST_UNKNOWN", true},
    CauseRow{CauseKind::kTimedOut, "TIMED_OUT", true},
    CauseRow{CauseKind::kUnavailable, "UNAVAILABLE", true},
    CauseRow{CauseKind::kCollectiveFailed, "COLLECTIVE_FAILED", true},
    CauseRow{CauseKind::kPeerEnded, "PEER_ENDED"},
};

constexpr const CauseRow& RowOf(CauseKind kind) {
  for (const CauseRow& row : kCauses) {
    if (row.kind == kind) return row;
  }
  return kCauses[0];
}

}  // namespace mlengine::insight
