// AnswerWriter: writes the answers of one connection. All but Begin belongs to the thread that
// attends to the sockets.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/server_shared.h"

namespace mlengine::net {

class AnswerWriter {
 public:
  // Both outlive it.
  AnswerWriter(boost::beast::tcp_stream& stream, ServerShared& shared);

  // What the request says of its answer; before each.
  struct Wishes {
    bool keep_alive = true;
    bool head_only = false;
    bool http10 = false;
  };
  void Expect(const Wishes& wishes);
  // No further request is read after this answer.
  void EndAfterwards() { wishes_.keep_alive = false; }
  bool keep_alive() const { return wishes_.keep_alive; }

  // Sends what the client takes at once. A handler's thread does so before it tells anybody, for
  // the client is not to wait for a switch of threads; nothing else may use the writer meanwhile.
  // `response` goes to Send then.
  void Begin(Response& response);
  // All of it, or what Begin has left.
  boost::asio::awaitable<void> Send(Response response);
  boost::asio::awaitable<bool> Write(std::string_view bytes);

  // The server stops: a stream that waits gets its end.
  void EndStream();

  // Of the last answer.
  int status() const { return status_; }
  std::chrono::steady_clock::time_point answered_at() const { return answered_at_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
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

  bool HasBody(const Response& response) const;
  bool Chunked(const Response& response) const;
  std::string HeadOf(const Response& response) const;
  boost::asio::awaitable<void> SendStream(BodyStream& stream, bool chunked);
  // For a call of the waker, or until `limit` has passed. False when the client has left meanwhile.
  boost::asio::awaitable<bool> WaitForWake(const std::shared_ptr<Wake>& wake,
                                           std::optional<std::chrono::milliseconds> limit);
  // Of the bytes, how many the client takes at once.
  std::size_t WriteNow(std::string_view bytes);
  // A piece of a streamed body; with its frame, if chunked.
  boost::asio::awaitable<bool> WritePiece(std::string& piece, bool chunked);

  boost::beast::tcp_stream& stream_;
  ServerShared& shared_;
  std::weak_ptr<Wake> wake_;
  Wishes wishes_;
  bool begun_ = false;
  std::string text_;      // head and body of an answer that is no stream, or the head alone
  std::size_t sent_ = 0;  // of text_
  int status_ = 0;
  std::chrono::steady_clock::time_point answered_at_;  // when its first byte was written
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace mlengine::net
