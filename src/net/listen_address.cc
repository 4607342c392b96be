#include "net/listen_address.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/number_text.h"

namespace mlengine::net {
namespace {

// As /proc/net/tcp prints an IPv4 address; "" of another one.
std::string Ipv4InTable(const std::string& host) {
  in_addr bytes{};
  if (::inet_pton(AF_INET, host.c_str(), &bytes) != 1) return "";
  char text[16];
  std::snprintf(text, sizeof(text), "%08X", bytes.s_addr);
  return text;
}

// The socket inodes that listen on the address, or on all of the machine's, from one table of
// /proc/net. Of IPv6 addresses only the port is looked at.
void AddListeners(const char* table, const ListenAddress& address,
                  std::vector<std::string>& inodes) {
  std::ifstream in(table);
  std::string line;
  std::getline(in, line);
  char wanted[8];
  std::snprintf(wanted, sizeof(wanted), ":%04X", address.port);
  const std::string host = Ipv4InTable(address.host);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retries, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retries >> uid >> timeout >>
        inode;
    if (state != "0A" || !local.ends_with(wanted)) continue;
    const bool other = local.size() == 13 && !host.empty() && !local.starts_with(host) &&
                       !local.starts_with("00000000");
    if (!other) inodes.push_back("socket:[" + inode + "]");
  }
}

bool HoldsOneOf(const std::string& pid, const std::vector<std::string>& inodes) {
  const std::string folder = "/proc/" + pid + "/fd";
  DIR* fds = ::opendir(folder.c_str());
  if (fds == nullptr) return false;
  bool holds = false;
  while (const dirent* entry = ::readdir(fds)) {
    char target[64];
    const ssize_t n = ::readlink((folder + "/" + entry->d_name).c_str(), target, sizeof(target));
    if (n <= 0) continue;
    for (const std::string& inode : inodes) {
      holds = holds || std::string_view(target, static_cast<std::size_t>(n)) == inode;
    }
  }
  ::closedir(fds);
  return holds;
}

}  // namespace

std::string ListenAddress::ToString() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return shown + ":" + std::to_string(port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  const std::size_t colon = text.rfind(':');
  const Status malformed = InvalidArgumentError(
      quoted +
      " is not an address to listen on; write ADDRESS:PORT, like 127.0.0.1:8650 or [::1]:8650");
  if (colon == std::string_view::npos) return malformed;
  ListenAddress address;
  const auto port = ToNumber<decltype(address.port)>(text.substr(colon + 1));
  if (!port) return malformed;
  address.port = *port;
  const std::string_view host = text.substr(0, colon);
  if (host == "localhost" || host.starts_with("127.")) {
    address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
    in_addr parsed{};
    if (address.host.size() != std::strlen(address.host.c_str()) ||
        ::inet_pton(AF_INET, address.host.c_str(), &parsed) != 1) {
      return malformed;
    }
  } else if (host == "[::1]") {
    address.host = "::1";
  } else if (host.empty() || (host.find(':') != std::string_view::npos && host.front() != '[')) {
    return malformed;
  } else {
    return InvalidArgumentError(
        quoted +
        " is not a loopback address, and this server has no protection to be seen from "
        "elsewhere; listen on 127.0.0.1 and reach it from another machine with "
        "ssh -L 8650:127.0.0.1:8650 HOST");
  }
  return address;
}

std::string PortHolder(const ListenAddress& address) {
  std::vector<std::string> inodes;
  AddListeners("/proc/net/tcp", address, inodes);
  AddListeners("/proc/net/tcp6", address, inodes);
  DIR* proc = ::opendir("/proc");
  std::string holder = "a process that this user may not see";
  if (proc == nullptr) return holder;
  while (const dirent* entry = ::readdir(proc)) {
    const std::string pid = entry->d_name;
    if (pid.find_first_not_of("0123456789") != std::string::npos || !HoldsOneOf(pid, inodes))
      continue;
    std::string name;
    std::ifstream comm("/proc/" + pid + "/comm");
    std::getline(comm, name);
    holder = "PID " + pid + " (" + name + ")";
    break;
  }
  ::closedir(proc);
  return holder;
}

}  // namespace mlengine::net
