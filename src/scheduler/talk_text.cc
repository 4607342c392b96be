#include "scheduler/talk_text.h"

#include <string>

namespace mlengine::scheduler {

std::optional<logs::ServiceEntry> TalkEntry(const engine::v1::AttemptRecord& attempt) {
  int with_port = 0;
  int reached = 0;
  std::string silent;
  for (const engine::v1::ReplicaRecord& replica : attempt.replicas()) {
    if (replica.port() == 0) continue;
    ++with_port;
    if (replica.status().exit().reached()) {
      ++reached;
    } else {
      silent += (silent.empty() ? "" : ", ") + replica.role() + "-replica-" +
                std::to_string(replica.index());
    }
  }
  if (with_port < 2) return std::nullopt;
  const std::string all = std::to_string(with_port);
  if (reached == 0) {
    return logs::ServiceEntry{logs::Severity::kWarning,
                              "None of the " + all +
                                  " replicas was called by another at the address that TF_CONFIG "
                                  "gives it: each worked alone, and all but one were for nothing "
                                  "unless they shared the work by other means.",
                              "service"};
  }
  std::string text = std::to_string(reached) + " of the " + all +
                     " replicas were called by another at the address that TF_CONFIG gives them";
  text += reached == with_port ? "." : "; not called: " + silent + ".";
  return logs::ServiceEntry{logs::Severity::kInfo, std::move(text), "service"};
}

}  // namespace mlengine::scheduler
