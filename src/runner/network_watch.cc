#include "runner/network_watch.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"

namespace mlengine::runner {

using model::NetworkSample;

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
      good = good && error == std::errc();
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

std::optional<NetworkSample> NetworkWatch::Look(const std::set<std::uint32_t>& sockets) {
  if (host_start_) return LookAtHost();
  const Result<std::vector<SocketBytes>> told = ReadSocketBytes(sockets);
  if (told.ok()) return Count(*told);
  // One that the kernel had no time for is no reason to count the machine's from now on.
  if (told.status().code() == StatusCode::kUnavailable) return sum_;
  Log(LogLevel::kWarning, "sockets cannot be looked at; the machine's network bytes are told",
      {{"status", told.status().ToString()}});
  return LookAtHost();
}

}  // namespace mlengine::runner
