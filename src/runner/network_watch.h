// NetworkWatch: how much the connections of a replica have carried since its start. TCP alone: of
// UDP and Unix sockets nobody keeps count. What a connection carried after the last look before it
// was closed is not seen. Where sockets cannot be looked at, the machine's own counters are told,
// and marked as such. One thread.
#pragma once

#include <chrono>
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
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Looks at the sockets that the replica holds open now. New ones are looked for only as often as
  // that stays cheap, and at the last look. Nothing when not even the machine tells.
  std::optional<model::NetworkSample> Look(const std::set<std::uint32_t>& sockets, SteadyTime now,
                                           bool is_last);
  // CPU time that the last Look took to find new ones.
  std::chrono::nanoseconds find_cpu() const { return find_cpu_; }
  // The part of Look behind the kernel's answer.
  model::NetworkSample Count(const std::vector<SocketBytes>& sockets);

 private:
  Result<std::vector<SocketBytes>> Find(const std::set<std::uint32_t>& sockets, SteadyTime now);
  std::optional<model::NetworkSample> LookAtHost();

  struct Seen {
    std::int64_t sent = 0;
    std::int64_t received = 0;
  };
  std::map<std::uint64_t, Seen> seen_;  // by cookie, of those open at the last look
  model::NetworkSample sum_;
  std::vector<SocketBytes> known_;     // connections at the last look
  std::set<std::uint32_t> looked_up_;  // inodes when connections were looked for
  SteadyTime next_find_;
  SteadyTime next_recheck_;  // one that was no connection then may have become one
  std::chrono::nanoseconds find_cpu_{};
  std::optional<model::NetworkSample> host_start_;  // set: the machine's are told
};

// Of the text of /proc/net/dev; nothing when it is none.
std::optional<model::NetworkSample> ParseHostCounters(std::string_view text);

}  // namespace mlengine::runner
