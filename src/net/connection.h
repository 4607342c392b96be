// One accepted connection: reads requests, runs their handlers, has the answers written. Lives
// where the sockets are attended to.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/answer_writer.h"
#include "net/server_shared.h"

namespace mlengine::net {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ServerShared& shared);

  // Serves until the client leaves, a limit is passed, or the server stops.
  boost::asio::awaitable<void> Serve();

  // The server stops: an idle connection is ended, a stream gets its end.
  void Drain();
  // Ends it, whatever it does.
  void Break();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  // Has the parser take what has been read already. `need_more` when that is not enough.
  boost::beast::error_code TakeBuffered(Parser& parser);
  // The same with what comes within the time; nothing when that is over.
  boost::asio::awaitable<std::optional<boost::beast::error_code>> AwaitHeader(Parser& parser);
  boost::asio::awaitable<std::optional<boost::beast::error_code>> AwaitPiece(Parser& parser);
  boost::asio::awaitable<bool> ReadHeader(Parser& parser);
  boost::asio::awaitable<void> HandleRequest(Parser& parser);
  boost::asio::awaitable<void> RunHandler(Parser& parser, Request& request, const Route& route);
  boost::asio::awaitable<void> RunUpload(Parser& parser, Request& request, const Route& route);
  boost::asio::awaitable<void> SendContinue(const Parser& parser);
  // The next piece of the body; empty at its end; nothing when the client broke off, or was too
  // slow (then body_late_ is set).
  boost::asio::awaitable<std::optional<std::string>> ReadPiece(Parser& parser);
  // How long the client may take for the next piece.
  std::chrono::milliseconds BodyPatience() const;
  // The answer to a body that did not come: 408 when it was late, else none.
  boost::asio::awaitable<void> EndBody();
  boost::asio::awaitable<void> Refuse(Status status, int http_status);
  boost::asio::awaitable<void> Linger();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  ServerShared& shared_;
  std::string local_address_;  // "127.0.0.1:8650"
  AnswerWriter writer_;
  bool idle_ = false;
  bool body_unread_ = false;
  bool body_late_ = false;
  std::chrono::milliseconds body_waited_{0};  // for the bytes of the current body
  std::uint64_t body_bytes_ = 0;              // of the current body, so far
};

}  // namespace mlengine::net
