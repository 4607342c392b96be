#include "runner/network_watch.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"
#include "runner/process_use.h"

namespace mlengine::runner {

using model::NetworkSample;

namespace {

// The CPU time of finding connections is at most this part of the time until it is done again.
constexpr int kFindShare = 1000;
constexpr std::chrono::seconds kRecheck{10};
constexpr std::int64_t kMostCount = std::int64_t{1} << 50;  // so that sums do not overflow

}  // namespace

// "  eth0: 1234 5 0 0 0 0 0 0 5678 …": bytes received first, bytes sent ninth.
std::optional<NetworkSample> ParseHostCounters(std::string_view text) {
  NetworkSample sum;
  sum.of_host = true;
  bool any = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const bool loopback = line.substr(0, colon).ends_with(" lo") || line.starts_with("lo:");
    line.remove_prefix(colon + 1);
    std::int64_t numbers[9] = {};
    bool good = true;
    for (std::int64_t& number : numbers) {
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
      good = good && error == std::errc() && number >= 0 && number <= kMostCount;
      line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
    if (!good) continue;
    any = true;
    (loopback ? sum.loopback_received_bytes : sum.received_bytes) += numbers[0];
    (loopback ? sum.loopback_sent_bytes : sum.sent_bytes) += numbers[8];
  }
  return any ? std::optional(sum) : std::nullopt;
}

NetworkSample NetworkWatch::Count(const std::vector<SocketBytes>& sockets) {
  std::map<std::uint64_t, Seen> now;
  for (const SocketBytes& socket : sockets) {
    const auto before = seen_.find(socket.cookie);
    const Seen last = before == seen_.end() ? Seen{} : before->second;
    const std::int64_t sent = std::max<std::int64_t>(0, socket.sent - last.sent);
    const std::int64_t received = std::max<std::int64_t>(0, socket.received - last.received);
    (socket.loopback ? sum_.loopback_sent_bytes : sum_.sent_bytes) += sent;
    (socket.loopback ? sum_.loopback_received_bytes : sum_.received_bytes) += received;
    now[socket.cookie] = {socket.sent, socket.received};
  }
  seen_ = std::move(now);
  return sum_;
}

std::optional<NetworkSample> NetworkWatch::LookAtHost() {
  std::optional<NetworkSample> now =
      ParseHostCounters(RealFileSystem().Read("/proc/net/dev").value_or(""));
  if (!now) return std::nullopt;
  if (!host_start_) host_start_ = now;
  const auto since = [](std::int64_t& value, std::int64_t start) {
    value = std::max<std::int64_t>(0, value - start);
  };
  since(now->sent_bytes, host_start_->sent_bytes);
  since(now->received_bytes, host_start_->received_bytes);
  since(now->loopback_sent_bytes, host_start_->loopback_sent_bytes);
  since(now->loopback_received_bytes, host_start_->loopback_received_bytes);
  return now;
}

// Those that are not open any more are asked for once more: while they are being closed the kernel
// still tells what they carried.
Result<std::vector<SocketBytes>> NetworkWatch::Find(const std::set<std::uint32_t>& sockets,
                                                    SteadyTime now) {
  const std::chrono::nanoseconds before = ThreadCpu();
  Result<std::vector<SocketBytes>> found = FindSocketBytes(sockets);
  find_cpu_ = ThreadCpu() - before;
  next_find_ = now + kFindShare * find_cpu_;
  next_recheck_ = now + kRecheck;
  looked_up_ = sockets;
  if (!found.ok()) return found;
  std::vector<SocketBytes> closing;
  std::ranges::copy_if(known_, std::back_inserter(closing), [&](const SocketBytes& known) {
    return std::ranges::find(*found, known.cookie, &SocketBytes::cookie) == found->end();
  });
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<SocketBytes> last, ReadSocketBytes(closing));
  std::ranges::copy(last, std::back_inserter(*found));
  return found;
}

std::optional<NetworkSample> NetworkWatch::Look(const std::set<std::uint32_t>& sockets,
                                                SteadyTime now, bool is_last) {
  find_cpu_ = {};
  if (host_start_) return LookAtHost();
  const bool has_new = !std::ranges::includes(looked_up_, sockets);
  const bool is_due = now >= next_find_ && (has_new || now >= next_recheck_);
  Result<std::vector<SocketBytes>> told =
      (is_due || is_last) && !sockets.empty() ? Find(sockets, now) : ReadSocketBytes(known_);
  if (told.ok()) {
    known_ = *std::move(told);
    return Count(known_);
  }
  // One that the kernel had no time for is no reason to count the machine's from now on.
  if (told.status().code() == StatusCode::kUnavailable) return sum_;
  Log(LogLevel::kWarning, "sockets cannot be looked at; the machine's network bytes are told",
      {{"status", told.status().ToString()}});
  return LookAtHost();
}

}  // namespace mlengine::runner
