#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr std::string_view kMemoryAdvice =
    "Choose smaller batches or a smaller buffer, or a machine type with more memory.";

constexpr CauseRule kRules[] = {
    {kDiskFull, "No space left on device: '{path}'", "The disk was full when {path} was written.",
     "Free some space, or write less."},
    {kDiskFull, "No space left on device", "The disk was full.", "Free some space, or write less."},
    {kDiskFull, "Disk quota exceeded", "The quota of the disk was used up.", "Free some space."},
    {kTooManyFiles, "Too many open files", "The program has too many files or sockets open.",
     "Close what it opened (use with), or open fewer at once."},
    {kPortInUse, "Address already in use", "A port that the program listens on is in use.",
     "Take the port of TF_CONFIG, or let the system choose one (port 0)."},
    {kSharedLibraryMissing, "OSError: {library}: cannot open shared object file",
     "The shared library {library} is missing on this machine.",
     "Install what it belongs to; libcu*, libnv* are of CUDA: take a framework built for what is "
     "here."},
    {kSharedLibraryMissing, "ImportError: {library}: cannot open shared object file",
     "The shared library {library} is missing on this machine.",
     "Install what it belongs to; libcu*, libnv* are of CUDA: take a framework built for what is "
     "here."},
    {kSharedLibraryMissing, "undefined symbol: {symbol}",
     "A compiled module was built for another version: the symbol {symbol} is undefined.",
     "Install a build of it for this version of Python and of the framework."},
    {kOutOfMemory, "Unable to allocate {size} for an array with shape {shape} and",
     "There was no memory for an array of {size} (shape {shape}).",
     "Look at that shape; choose smaller batches, or a machine type with more memory."},
    {kOutOfMemory, "Cannot allocate memory", "There was no memory left.", kMemoryAdvice},
    {kOutOfMemory, "MemoryError", "There was no memory left.", kMemoryAdvice},
    {kTooManyProcesses, "can't start new thread", "No further thread could be started.",
     "Take fewer threads and loader processes; maxProcesses in mlengine.yaml raises the limit."},
    {kTooManyProcesses, "BlockingIOError: [Errno 11] Resource temporarily unavailable",
     "No further process could be started.",
     "Take fewer threads and loader processes; maxProcesses in mlengine.yaml raises the limit."},
    {kPermissionDenied, "Permission denied: '{path}'", "The program may not use {path}.",
     "Write below the job's --job-dir, its working folder or TMPDIR; look at who owns the file."},
    {kPermissionDenied, "Read-only file system: '{path}'", "{path} cannot be written.",
     "Write below the job's --job-dir, its working folder or TMPDIR."},
    {kPermissionDenied, "Operation not permitted", "The program did what its user may not do.", ""},
};

}  // namespace

std::span<const CauseRule> SystemRules() {
  return kRules;
}

}  // namespace mlengine::insight
