#include "executor/local/free_ports.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>

#include "base/unique_fd.h"

namespace mlengine::executor {
namespace {

// For all addresses, as TensorFlow's servers listen. What closing connections hold is free.
bool IsFree(int port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return false;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

std::vector<int> FindFreePorts(const PortRange& range, int count, const std::set<int>& taken,
                               std::string_view seed) {
  std::vector<int> ports;
  const int size = range.last - range.first + 1;
  if (size <= 0) return ports;
  const int start =
      static_cast<int>(std::hash<std::string_view>()(seed) % static_cast<unsigned>(size));
  for (int i = 0; i < size && static_cast<int>(ports.size()) < count; ++i) {
    const int port = range.first + (start + i) % size;
    if (!taken.contains(port) && IsFree(port)) ports.push_back(port);
  }
  return ports;
}

}  // namespace mlengine::executor
