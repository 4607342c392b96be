#include "net/testing/parse_request.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "net/request_head.h"

namespace mlengine::net {

Result<ParsedRequest> ParseRequest(std::string_view bytes, std::size_t piece,
                                   std::size_t header_limit) {
  namespace http = boost::beast::http;
  http::request_parser<http::buffer_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(header_limit));
  parser.body_limit(boost::none);
  ParsedRequest out;
  std::string body(4096, '\0');
  std::size_t offered = 0;  // end of what the parser may see
  bool head_done = false;
  while (!parser.is_done()) {
    boost::beast::error_code error;
    parser.get().body().data = body.data();
    parser.get().body().size = body.size();
    parser.get().body().more = true;
    const std::string_view seen = bytes.substr(out.consumed, offered - out.consumed);
    const std::size_t taken = parser.put(boost::asio::buffer(seen.data(), seen.size()), error);
    out.consumed += taken;
    if (parser.is_header_done()) {
      const std::size_t got = body.size() - parser.get().body().size;
      if (head_done) out.request.body.append(body, 0, got);
      if (!head_done) {
        std::string early = body.substr(0, got);
        out.request = ToRequest(parser.get(), "127.0.0.1:8650");
        out.request.body = std::move(early);
        head_done = true;
      }
    }
    if (error && error != http::error::need_more && error != http::error::need_buffer)
      return InvalidArgumentError("not an HTTP request: " + error.message());
    if (taken > 0) continue;
    if (offered == bytes.size()) break;
    offered = std::min(bytes.size(), offered + std::max<std::size_t>(piece, 1));
  }
  if (!head_done) return InvalidArgumentError("the header is not complete");
  out.complete = parser.is_done();
  return out;
}

}  // namespace mlengine::net
