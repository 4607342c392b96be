#include "runner/socket_bytes.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

constexpr std::size_t kAnswerBytes = 64U << 10;
constexpr std::uint64_t kMostCount = std::uint64_t{1} << 50;  // so that sums do not overflow
constexpr std::uint32_t kTimeWait = 6;
constexpr std::uint32_t kListen = 10;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

Request NewRequest(std::uint8_t family, int flags) {
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request.body.idiag_states = ~(1U << kTimeWait | 1U << kListen);
  return request;
}

// Asks, and returns the first answer.
class Kernel {
 public:
  Status Open() {
    fd_.reset(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!fd_.ok()) return ErrnoError(errno, "open a socket to the kernel's sock_diag");
    const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return OkStatus();
  }
  Result<std::string_view> Ask(const Request& request) {
    if (::send(fd_.get(), &request, sizeof(request), 0) != static_cast<ssize_t>(sizeof(request)))
      return ErrnoError(errno, "ask the kernel for its TCP sockets");
    return More();
  }
  Result<std::string_view> More() {
    while (true) {
      const ssize_t n = ::recv(fd_.get(), answer_.data(), answer_.size(), 0);
      if (n > 0) return std::string_view(answer_.data(), static_cast<std::size_t>(n));
      if (n < 0 && errno == EINTR) continue;
      return ErrnoError(n == 0 ? EAGAIN : errno, "read the kernel's TCP sockets");
    }
  }

 private:
  UniqueFd fd_;
  std::vector<char> answer_ = std::vector<char>(kAnswerBytes);
};

template <typename T>
T Copy(std::string_view bytes) {
  T out{};
  std::memcpy(&out, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return out;
}

std::size_t Aligned(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

bool IsLoopback(const inet_diag_msg& message) {
  const std::uint32_t* to = message.id.idiag_dst;
  const std::uint32_t* from = message.id.idiag_src;
  if (message.idiag_family == AF_INET) return to[0] == from[0] || (ntohl(to[0]) >> 24) == 127;
  const bool is_v4 = to[0] == 0 && to[1] == 0 && to[2] == htonl(0xFFFF);
  if (is_v4 && (ntohl(to[3]) >> 24) == 127) return true;
  return std::equal(to, to + 4, from);  // ::1 too
}

std::optional<tcp_info> InfoOf(std::string_view attributes) {
  while (attributes.size() >= sizeof(nlattr)) {
    const auto head = Copy<nlattr>(attributes);
    if (head.nla_len < sizeof(nlattr) || head.nla_len > attributes.size()) break;
    const std::string_view value = attributes.substr(sizeof(nlattr), head.nla_len - sizeof(nlattr));
    constexpr std::size_t kNeeded =
        offsetof(tcp_info, tcpi_bytes_received) + sizeof(tcp_info::tcpi_bytes_received);
    if (head.nla_type == INET_DIAG_INFO && value.size() >= kNeeded) return Copy<tcp_info>(value);
    attributes.remove_prefix(std::min(attributes.size(), Aligned(head.nla_len)));
  }
  return std::nullopt;
}

void Add(std::string_view body, const std::set<std::uint32_t>* inodes,
         std::vector<SocketBytes>& out) {
  if (body.size() < sizeof(inet_diag_msg)) return;
  const auto message = Copy<inet_diag_msg>(body);
  if (inodes != nullptr && !inodes->contains(message.idiag_inode)) return;
  const std::optional<tcp_info> told =
      InfoOf(body.substr(std::min(body.size(), Aligned(sizeof(inet_diag_msg)))));
  if (!told) return;
  const auto count = [](std::uint64_t n) {
    return static_cast<std::int64_t>(std::min(n, kMostCount));
  };
  SocketBytes& socket = out.emplace_back();
  socket.cookie = std::uint64_t{message.id.idiag_cookie[1]} << 32 | message.id.idiag_cookie[0];
  socket.inode = message.idiag_inode;
  socket.loopback = IsLoopback(message);
  socket.sent = count(told->tcpi_bytes_acked);
  socket.received = count(told->tcpi_bytes_received);
  socket.family = message.idiag_family;
  static_assert(sizeof(socket.id) == sizeof(message.id));
  std::memcpy(socket.id.data(), &message.id, sizeof(message.id));
}

}  // namespace

Result<bool> ParseSocketBytes(std::string_view answer, const std::set<std::uint32_t>* inodes,
                              std::vector<SocketBytes>& out) {
  while (answer.size() >= sizeof(nlmsghdr)) {
    const auto head = Copy<nlmsghdr>(answer);
    if (head.nlmsg_len < sizeof(nlmsghdr) || head.nlmsg_len > answer.size()) break;
    const std::string_view body =
        answer.substr(sizeof(nlmsghdr), head.nlmsg_len - sizeof(nlmsghdr));
    if (head.nlmsg_type == NLMSG_DONE) return true;
    if (head.nlmsg_type == NLMSG_ERROR) {
      return ErrnoError(-static_cast<int>(Copy<std::int32_t>(body)),
                        "read the kernel's TCP sockets");
    }
    if (head.nlmsg_type == SOCK_DIAG_BY_FAMILY) Add(body, inodes, out);
    answer.remove_prefix(std::min(answer.size(), Aligned(head.nlmsg_len)));
  }
  return false;
}

Result<std::vector<SocketBytes>> FindSocketBytes(const std::set<std::uint32_t>& inodes) {
  std::vector<SocketBytes> out;
  if (inodes.empty()) return out;
  Kernel kernel;
  MLENGINE_RETURN_IF_ERROR(kernel.Open());
  for (const int family : {AF_INET, AF_INET6}) {
    Result<std::string_view> answer =
        kernel.Ask(NewRequest(static_cast<std::uint8_t>(family), NLM_F_DUMP));
    while (true) {
      if (!answer.ok()) return answer.status();
      MLENGINE_ASSIGN_OR_RETURN(const bool done, ParseSocketBytes(*answer, &inodes, out));
      if (done) break;
      answer = kernel.More();
    }
  }
  return out;
}

Result<std::vector<SocketBytes>> ReadSocketBytes(const std::vector<SocketBytes>& known) {
  std::vector<SocketBytes> out;
  if (known.empty()) return out;
  Kernel kernel;
  MLENGINE_RETURN_IF_ERROR(kernel.Open());
  for (const SocketBytes& socket : known) {
    Request request = NewRequest(socket.family, 0);
    std::memcpy(&request.body.id, socket.id.data(), sizeof(request.body.id));
    MLENGINE_ASSIGN_OR_RETURN(const std::string_view answer, kernel.Ask(request));
    const Result<bool> read = ParseSocketBytes(answer, nullptr, out);
    // It has gone.
    if (!read.ok() && read.status().code() != StatusCode::kNotFound) return read.status();
  }
  return out;
}

}  // namespace mlengine::runner
