// One accepted connection: reads requests, runs handlers on worker threads, writes answers. Lives
// on the io thread.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/router.h"
#include "net/server.h"

namespace mlengine::net {

// What connections share; owned by the server, outlives them.
struct ServerShared {
  const ServerOptions& options;
  const Router& router;
  boost::asio::thread_pool& workers;
  bool stopping = false;  // io thread only
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ServerShared& shared);

  // Serves until the client leaves, a limit is passed, or the server stops.
  boost::asio::awaitable<void> Serve();

  // The server stops: an idle connection is closed, a stream gets its end. On the io thread.
  void Drain();
  void Close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  // Wakes a stream that had nothing to send.
  struct Wake {
    explicit Wake(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    bool signalled = false;
    // From a call of the waker until the stream is asked again: further calls say nothing new, and
    // with thousands of followers they are what would hold up the writer.
    std::atomic<bool> asked{false};
    // Expired rather than cancelled: a wait that starts only after this ends at once too.
    void Signal() {
      signalled = true;
      timer.expires_at(boost::asio::steady_timer::clock_type::now());
    }
  };

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
  boost::asio::awaitable<void> Send(Response response);
  boost::asio::awaitable<void> SendStream(BodyStream& stream, bool chunked);
  // For a call of the waker, or until `limit` has passed. False when the client has left meanwhile.
  boost::asio::awaitable<bool> WaitForWake(const std::shared_ptr<Wake>& wake,
                                           std::optional<std::chrono::milliseconds> limit);
  // Of the bytes, how many the client takes at once.
  std::size_t WriteNow(std::string_view bytes);
  boost::asio::awaitable<bool> Write(std::string_view bytes);
  // A piece of a streamed body; with its frame, if chunked.
  boost::asio::awaitable<bool> WritePiece(std::string& piece, bool chunked);
  boost::asio::awaitable<void> Linger();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  ServerShared& shared_;
  std::string local_address_;  // "127.0.0.1:8650"
  std::weak_ptr<Wake> wake_;
  bool idle_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool http10_ = false;
  bool body_unread_ = false;
  bool body_late_ = false;
  std::chrono::milliseconds body_waited_{0};  // for the bytes of the current body
  std::uint64_t body_bytes_ = 0;              // of the current body, so far
  // Of the current request's answer.
  int last_status_ = 0;
  std::chrono::steady_clock::time_point answered_at_;  // when its first byte was written
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace mlengine::net
