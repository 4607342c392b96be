#include "runner/runtime_hold.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/file_system.h"
#include "model/runtime_folder.h"

namespace mlengine::runner {

Result<UniqueFd> HoldRuntime(const std::string& interpreter) {
  const std::string record =
      JoinPath(ParentPath(ParentPath(interpreter)), model::kRuntimeRecordFile);
  UniqueFd fd(::open(record.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return UniqueFd();  // a missing interpreter is told when it is started
  while (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return ErrnoError(errno, "lock " + record);
    return FailedPreconditionError("The runtime at " + ParentPath(record) +
                                   " is being removed; submit the job again.");
  }
  return fd;
}

}  // namespace mlengine::runner
