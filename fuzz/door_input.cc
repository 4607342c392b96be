#include "door_input.h"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "fuzz_target.h"
#include "net/request_head.h"

namespace mlengine::fuzz {
namespace {

constexpr std::size_t kMostCalls = 8;

std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  if (const std::size_t at = text.find(from); at != std::string::npos)
    text.replace(at, from.size(), to);
}

net::Request ReadRequest(std::string_view text, const std::string& token,
                         const std::string& upload_id) {
  net::Request request;
  std::string first(TakeLine(text));
  Replace(first, "<token>", token);
  Replace(first, "<upload_id>", upload_id);
  const std::size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  net::SetTarget(std::string_view(first).substr(std::min(first.size(), space + 1)), request);
  request.scheme_and_host = "http://127.0.0.1:8650";
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(line.size(), colon + 1));
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers.Add(std::string(line.substr(0, colon)), std::string(value));
  }
  request.body = std::string(text);
  return request;
}

net::Response Answer(const net::Route& route, net::Request& request) {
  if (route.handler) return route.handler(request);
  const std::unique_ptr<net::BodySink> sink = route.upload_handler(request);
  // In pieces, as a body arrives.
  for (std::string_view rest = request.body; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 100);
    if (const Status status = sink->Write(piece); !status.ok()) return sink->Fail(status);
    rest.remove_prefix(piece.size());
  }
  return sink->Finish();
}

std::string Drain(net::BodyStream& stream, std::optional<std::uint64_t> length) {
  std::string all;
  std::string piece;
  net::BodyStream::Pull pull = stream.Next(piece);
  for (; pull == net::BodyStream::Pull::kData; pull = stream.Next(piece)) {
    all += piece;
    piece.clear();
  }
  if (length && pull == net::BodyStream::Pull::kEnd)
    Require(all.size() == *length, "a body is as long as was told");
  return all;
}

void CheckAnswer(const net::Response& response) {
  Require(response.status >= 200 && response.status < 600, "an answer has a status of HTTP");
  for (const auto& [name, value] : response.headers.all()) {
    Require(name.find_first_of("\r\n") == std::string::npos, "a header's name is one line");
    Require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
            "a header's value is one line");
  }
  if (response.stream != nullptr) {
    static_cast<void>(Drain(*response.stream, response.stream_length));
    return;
  }
  const std::string_view type = response.headers.Get("Content-Type").value_or("");
  if (!type.starts_with("application/json") || response.body.empty()) return;
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 100;
  const boost::json::value body = boost::json::parse(response.body, error, {}, options);
  Require(!error, "a body of JSON is JSON");
  if (response.status < 400 || !body.is_object()) return;
  const boost::json::value* wrong = body.get_object().if_contains("error");
  if (wrong == nullptr || !wrong->is_object()) return;
  const boost::json::value* message = wrong->get_object().if_contains("message");
  Require(message != nullptr && message->is_string() && !message->get_string().empty(),
          "an error says something");
}

// What a later request may stand on.
void Remember(const net::Response& response, std::string& token, std::string& upload_id) {
  boost::json::error_code error;
  const boost::json::value body = boost::json::parse(response.body, error);
  if (!error && body.is_object()) {
    const boost::json::value* next = body.get_object().if_contains("nextPageToken");
    if (next != nullptr && next->is_string()) token = std::string(next->get_string());
  }
  const std::string_view location = response.headers.Get("Location").value_or("");
  constexpr std::string_view kId = "upload_id=";
  if (const std::size_t at = location.find(kId); at != std::string_view::npos)
    upload_id = std::string(location.substr(at + kId.size(), 32));
}

}  // namespace

std::vector<DoorCall> SendAll(const net::Router& router, std::string_view bytes) {
  std::vector<DoorCall> calls;
  std::string token = "x";
  std::string upload_id = "x";
  for (const std::string& text : SplitInput(bytes, kMostCalls)) {
    if (text.empty()) continue;
    DoorCall call;
    call.request = ReadRequest(text, token, upload_id);
    net::Router::Match match = router.Find(call.request.method, call.request.raw_path);
    if (match.route == nullptr) continue;
    call.request.path_values = std::move(match.path_values);
    call.response = Answer(*match.route, call.request);
    CheckAnswer(call.response);
    Remember(call.response, token, upload_id);
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace mlengine::fuzz
