#include "runner/network_watch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "runner/process_use.h"

namespace mlengine::runner {
namespace {

using model::NetworkSample;

// A connection within this machine, of either family.
struct Connection {
  UniqueFd caller;
  UniqueFd called;

  explicit Connection(int family) {
    const UniqueFd listener(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    auto* at = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
    }
    if (::bind(listener.get(), at, size) != 0) return;
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener.get(), at, &size), 0);
    caller.reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(caller.get(), at, size), 0);
    called.reset(::accept(listener.get(), nullptr, nullptr));
  }
  void Send(std::size_t bytes) const {
    const std::string sent(bytes, 'x');
    std::thread sender([&] {
      for (std::size_t at = 0; at < bytes;) {
        const ssize_t n = ::send(caller.get(), sent.data() + at, bytes - at, 0);
        if (n <= 0) break;
        at += static_cast<std::size_t>(n);
      }
    });
    char buffer[65536];
    for (std::size_t got = 0; got < bytes;) {
      const ssize_t n = ::recv(called.get(), buffer, sizeof(buffer), 0);
      if (n <= 0) break;
      got += static_cast<std::size_t>(n);
    }
    sender.join();
  }
};

std::set<std::uint32_t> OwnSockets() {
  std::set<std::uint32_t> out;
  AddSockets(::getpid(), out);
  return out;
}

TEST(NetworkWatch, CountsWhatTheConnectionsOfThisMachineCarry) {
  for (const int family : {AF_INET, AF_INET6}) {
    NetworkWatch watch;
    const Connection connection(family);
    if (!connection.called.ok()) continue;  // a machine without IPv6
    connection.Send(3'000'000);
    const auto now = std::chrono::steady_clock::now();
    const auto first = watch.Look(OwnSockets(), now, false);
    ASSERT_TRUE(first.has_value());
    ASSERT_FALSE(first->of_host) << "this kernel has no sock_diag";
    EXPECT_EQ(first->loopback_received_bytes, 3'000'000);
    EXPECT_NEAR(static_cast<double>(first->loopback_sent_bytes), 3e6, 2) << "with SYN";
    EXPECT_EQ(first->sent_bytes + first->received_bytes, 0);
    connection.Send(500'000);
    EXPECT_EQ(watch.Look(OwnSockets(), now, false)->loopback_received_bytes, 3'500'000);
    EXPECT_EQ(watch.find_cpu().count(), 0) << "asked for by name";
    const Connection other(family);
    other.Send(70'000);
    EXPECT_EQ(watch.Look(OwnSockets(), now, false)->loopback_received_bytes, 3'500'000)
        << "not yet";
    const auto later = now + std::chrono::minutes(1);
    EXPECT_EQ(watch.Look(OwnSockets(), later, false)->loopback_received_bytes, 3'570'000);
    EXPECT_GT(watch.find_cpu().count(), 0);
    const Connection last(family);
    last.Send(1000);
    EXPECT_EQ(watch.Look(OwnSockets(), later, true)->loopback_received_bytes, 3'571'000);
  }
}

TEST(NetworkWatch, LeavesOutTheSocketsOfOthers) {
  NetworkWatch watch;
  const Connection connection(AF_INET);
  connection.Send(100'000);
  EXPECT_EQ(watch.Look({}, {}, true)->loopback_received_bytes, 0);
  EXPECT_EQ(watch.Look({1}, {}, true)->loopback_received_bytes, 0);
}

TEST(NetworkWatch, AsksOnceMoreWhatWasClosed) {
  NetworkWatch watch;
  const auto now = std::chrono::steady_clock::now();
  Connection connection(AF_INET);
  connection.Send(1000);
  EXPECT_EQ(watch.Look(OwnSockets(), now, false)->loopback_received_bytes, 1000);
  connection.Send(5000);
  // The kernel keeps it, for it still has to deliver what the other end has no room for.
  const std::string answer(65536, 'y');
  while (::send(connection.called.get(), answer.data(), answer.size(), MSG_DONTWAIT) > 0) {
  }
  connection.called.reset();
  const auto delivered = [&] {
    int bytes = 0;
    EXPECT_EQ(::ioctl(connection.caller.get(), FIONREAD, &bytes), 0);
    return bytes;
  };
  const auto received = [&](bool is_last) {
    return watch.Look(OwnSockets(), now, is_last)->loopback_received_bytes;
  };
  const int before = delivered();
  EXPECT_GE(received(false), 6000 + before);
  EXPECT_GE(received(true), 6000 + before);
  const std::int64_t sum = received(true);
  EXPECT_LE(sum, 6002 + delivered()) << "an end counts as a byte";
  connection.caller.reset();
  EXPECT_GE(received(false), sum);
  EXPECT_GE(received(true), sum);
}

SocketBytes Told(std::uint64_t cookie, bool loopback, std::int64_t sent, std::int64_t received) {
  SocketBytes out;
  out.cookie = cookie;
  out.inode = 5;  // an inode is given again, a cookie is not
  out.loopback = loopback;
  out.sent = sent;
  out.received = received;
  return out;
}

TEST(NetworkWatch, KeepsWhatClosedSocketsHadCarried) {
  NetworkWatch watch;
  EXPECT_EQ(watch.Count({Told(1, false, 100, 10), Told(2, true, 7, 8)}),
            (NetworkSample{100, 10, 7, 8, false}));
  EXPECT_EQ(watch.Count({Told(1, false, 150, 10)}), (NetworkSample{150, 10, 7, 8, false}));
  EXPECT_EQ(watch.Count({}), (NetworkSample{150, 10, 7, 8, false}));
  EXPECT_EQ(watch.Count({Told(3, false, 20, 1)}), (NetworkSample{170, 11, 7, 8, false}));
}

TEST(NetworkWatch, ReadsTheMachinesCounters) {
  const auto sum = ParseHostCounters(
      "Inter-|   Receive                            |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
      "    lo: 500 5 0 0 0 0 0 0 501 5 0 0 0 0 0 0\n"
      "  eth0:1000 9 0 0 0 0 0 0 2000 9 0 0 0 0 0 0\n"
      "wlan0: 30 9 0 0 0 0 0 0 40 9 0 0 0 0 0 0\n"
      "broken: 1 2\n");
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(*sum, (NetworkSample{2040, 1030, 501, 500, true}));
  EXPECT_FALSE(ParseHostCounters("").has_value());
  EXPECT_FALSE(ParseHostCounters("a: b\n").has_value());
}

TEST(SocketBytes, RefusesNothingThatAKernelMaySend) {
  std::vector<SocketBytes> out;
  const std::set<std::uint32_t> inodes = {1};
  const auto message = [](std::uint16_t type, std::uint32_t length, const std::string& body) {
    const nlmsghdr head{
        .nlmsg_len = length, .nlmsg_type = type, .nlmsg_flags = 0, .nlmsg_seq = 0, .nlmsg_pid = 0};
    std::string text(sizeof(head), '\0');
    std::memcpy(text.data(), &head, sizeof(head));
    return text + body;
  };
  EXPECT_FALSE(*ParseSocketBytes("", &inodes, out));
  EXPECT_FALSE(*ParseSocketBytes("short", &inodes, out));
  EXPECT_FALSE(*ParseSocketBytes(message(20, 5, ""), &inodes, out)) << "shorter than its own head";
  EXPECT_FALSE(*ParseSocketBytes(message(20, 500, "x"), &inodes, out)) << "longer than the answer";
  EXPECT_FALSE(*ParseSocketBytes(message(20, 24, "12345678"), &inodes, out)) << "no whole socket";
  EXPECT_TRUE(*ParseSocketBytes(message(NLMSG_DONE, 20, "1234"), &inodes, out));
  const std::string denied("\xF3\xFF\xFF\xFF", 4);  // -EACCES
  EXPECT_EQ(ParseSocketBytes(message(NLMSG_ERROR, 20, denied), &inodes, out).status().code(),
            StatusCode::kPermissionDenied);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace mlengine::runner
