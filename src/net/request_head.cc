#include "net/request_head.h"

#include <algorithm>

#include "base/digest.h"

namespace mlengine::net {
namespace {

// A query's name or value. A plus is a blank, as forms write it: Python's clients all do. What does
// not decode stays as it came.
std::string DecodeQueryText(std::string_view text) {
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  return PercentDecode(blanks).value_or(std::string(text));
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    query.emplace_back(DecodeQueryText(item.substr(0, equals)), DecodeQueryText(value));
  }
  return query;
}

}  // namespace

void SetTarget(std::string_view target, RequestHead& head) {
  const std::size_t question = target.find('?');
  head.raw_path = std::string(target.substr(0, question));
  head.query.clear();
  if (question != std::string_view::npos) head.query = ParseQuery(target.substr(question + 1));
}

// TensorFlow's plug-in for gs:// leaves the port out of Host; no Location of ours may lose it.
std::string Authority(std::optional<std::string_view> host, std::string_view local_address) {
  if (!host || host->empty()) return std::string(local_address);
  const bool loopback = *host == "127.0.0.1" || *host == "localhost" || *host == "[::1]";
  const std::size_t port = local_address.rfind(':');
  if (!loopback || port == std::string_view::npos) return std::string(*host);
  return std::string(*host) + std::string(local_address.substr(port));
}

}  // namespace mlengine::net
