// NetworkWatch: how much the connections of a replica have carried since its start. TCP alone: of
// UDP and Unix sockets nobody keeps count. What a connection carried after the last look before it
// was closed is not seen. Where sockets cannot be looked at, the machine's own counters are told,
// and marked as such. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "model/resource_sample.h"
#include "runner/socket_bytes.h"

namespace mlengine::runner {

class NetworkWatch {
 public:
  // Looks at the sockets that the replica holds open now. Nothing when not even the machine tells.
  std::optional<model::NetworkSample> Look(const std::set<std::uint32_t>& sockets);
  // The part of Look behind the kernel's answer.
  model::NetworkSample Count(const std::vector<SocketBytes>& sockets);

 private:
  std::optional<model::NetworkSample> LookAtHost();

  struct Seen {
    std::int64_t sent = 0;
    std::int64_t received = 0;
  };
  std::map<std::uint64_t, Seen> seen_;  // by cookie, of those open at the last look
  model::NetworkSample sum_;
  std::optional<model::NetworkSample> host_start_;  // set: the machine's are told
};

// Of the text of /proc/net/dev; nothing when it is none.
std::optional<model::NetworkSample> ParseHostCounters(std::string_view text);

}  // namespace mlengine::runner
