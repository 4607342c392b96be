#include "net/browser_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#include <algorithm>
#include <string>

namespace mlengine::net {
namespace {

constexpr std::size_t kShown = 100;  // bytes of a header in a sentence

bool Same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string Quoted(std::string_view text) {
  return "\"" + std::string(text.substr(0, kShown)) + "\"";
}

// The name alone; nothing of what is no NAME or NAME:PORT.
std::string_view WithoutPort(std::string_view host) {
  const std::size_t name_end = host.starts_with('[') ? host.find(']') : 0;
  if (name_end == std::string_view::npos) return {};
  const std::size_t colon = host.find(':', name_end);
  if (colon == std::string_view::npos) return host;
  const std::string_view port = host.substr(colon + 1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return host.substr(0, colon);
}

// By its numbers: "127.evil.example" is a name like any other.
bool IsLoopback(std::string_view name) {
  if (name == "[::1]") return true;
  const std::string text(name);
  in_addr parsed{};
  return name.starts_with("127.") && text.find('\0') == std::string::npos &&
         ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

// What stands behind the scheme; the opaque origin ("null") has nothing there.
std::string_view AuthorityOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

bool FollowsLink(const RequestHead& request) {
  return request.method == "GET" &&
         Same(request.headers.Get("Sec-Fetch-Mode").value_or(""), "navigate");
}

}  // namespace

bool IsOwnHost(std::string_view host) {
  constexpr std::string_view kOriginals = "googleapis.com";
  const std::string_view name = WithoutPort(host);
  if (Same(name, "localhost") || Same(name, kOriginals) || IsLoopback(name)) return true;
  if (name.size() <= kOriginals.size() + 1) return false;
  const std::size_t dot = name.size() - kOriginals.size() - 1;
  return name[dot] == '.' && Same(name.substr(dot + 1), kOriginals);
}

Status CheckSender(const RequestHead& request) {
  const std::string_view host = request.headers.Get("Host").value_or("");
  for (const auto& [name, value] : request.headers.all()) {
    // Without any it comes from a client so plain that it is no browser.
    if (Same(name, "Host") && !value.empty() && !IsOwnHost(value)) {
      return PermissionDeniedError(
          "the request is for the host " + Quoted(value) +
          ", which may be anybody's name for this machine; this server answers as 127.0.0.1, "
          "localhost, [::1] and under googleapis.com");
    }
    if (Same(name, "Origin") && (host.empty() || !Same(AuthorityOf(value), host))) {
      return PermissionDeniedError("the request comes from a page of " + Quoted(value) +
                                   ", not of this server (" + Quoted(host) +
                                   "); pages of other sites may not use it");
    }
    if (Same(name, "Sec-Fetch-Site") && (Same(value, "cross-site") || Same(value, "same-site")) &&
        !FollowsLink(request)) {
      return PermissionDeniedError("the browser says that a page of another site sends this (" +
                                   value + "); pages of other sites may not use this server");
    }
  }
  return OkStatus();
}

}  // namespace mlengine::net
