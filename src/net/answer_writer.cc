#include "net/answer_writer.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>

// In a full expression with co_await: no temporary of aggregate or closure type, no class-type
// conditional, no braced list, no switch. Everything that co_await needs is a named local.

namespace mlengine::net {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kWriteSlice = 1U << 20;

std::string_view Reason(int status) {
  return http::obsolete_reason(static_cast<http::status>(status)) == "<unknown-status>"
             ? std::string_view("Status")
             : std::string_view(http::obsolete_reason(static_cast<http::status>(status)));
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char buffer[40];
  const std::size_t n = std::strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {buffer, n};
}

}  // namespace

AnswerWriter::AnswerWriter(boost::beast::tcp_stream& stream, ServerShared& shared)
    : stream_(stream), shared_(shared) {}

void AnswerWriter::Expect(const Wishes& wishes) {
  wishes_ = wishes;
  sent_bytes_ = 0;
  answered_at_ = std::chrono::steady_clock::now();
}

void AnswerWriter::EndStream() {
  if (const auto wake = wake_.lock()) {
    wake->Signal();
  }
}

bool AnswerWriter::HasBody(const Response& response) const {
  return response.status >= 200 && response.status != 204 && response.status != 304 &&
         !wishes_.head_only;
}

bool AnswerWriter::Chunked(const Response& response) const {
  return response.stream != nullptr && !response.stream_length && !wishes_.http10;
}

std::string AnswerWriter::HeadOf(const Response& response) const {
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  const bool streamed = response.stream != nullptr;
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += Reason(response.status);
  head += "\r\nServer: mlengine\r\nDate: " + HttpDate() + "\r\n";
  for (const auto& [name, value] : response.headers.all()) head += name + ": " + value + "\r\n";
  if (!bodiless && (streamed || !response.body.empty()) && !response.headers.Get("Content-Type"))
    head += "Content-Type: application/json; charset=UTF-8\r\n";
  if (Chunked(response)) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (streamed && response.stream_length) {
    head += "Content-Length: " + std::to_string(*response.stream_length) + "\r\n";
  } else if (!streamed && response.status != 204 && !response.headers.Get("Content-Length")) {
    head += "Content-Length: " + std::to_string(bodiless ? 0 : response.body.size()) + "\r\n";
  }
  head += wishes_.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

void AnswerWriter::Begin(Response& response) {
  const bool streamed = response.stream != nullptr;
  const bool endless = streamed && !response.stream_length && wishes_.http10;
  if (endless || shared_.stopping) wishes_.keep_alive = false;
  status_ = response.status;
  answered_at_ = std::chrono::steady_clock::now();
  text_ = HeadOf(response);
  if (!streamed && HasBody(response)) text_ += response.body;
  sent_ = WriteNow(text_);
  begun_ = true;
}

awaitable<void> AnswerWriter::Send(Response response) {
  if (!begun_) Begin(response);
  begun_ = false;
  const bool streamed = response.stream != nullptr;
  const bool sent = co_await Write(std::string_view(text_).substr(sent_));
  if (!sent) wishes_.keep_alive = false;
  if (sent && streamed && HasBody(response))
    co_await SendStream(*response.stream, Chunked(response));
  if (streamed) {
    std::unique_ptr<BodyStream> stream = std::move(response.stream);
    auto drop = [&stream] { stream.reset(); };
    co_await RunApart(shared_.threads, drop);
  }
}

awaitable<void> AnswerWriter::SendStream(BodyStream& stream, bool chunked) {
  const auto executor = co_await asio::this_coro::executor;
  const auto wake = std::make_shared<Wake>(executor);
  wake_ = wake;
  stream.SetWaker([executor, weak = std::weak_ptr<Wake>(wake)] {
    const auto asleep = weak.lock();
    if (asleep == nullptr || asleep->asked.exchange(true)) return;
    asio::post(executor, [weak] {
      if (const auto sleeping = weak.lock()) {
        sleeping->Signal();
      }
    });
  });
  std::string out;
  while (true) {
    out.clear();
    auto pull = BodyStream::Pull::kFail;
    std::optional<std::chrono::milliseconds> limit;
    auto work = [&stream, &out, &pull, &limit] {
      pull = stream.Next(out);
      if (pull == BodyStream::Pull::kWait) limit = stream.WaitLimit();
    };
    wake->signalled = false;
    wake->asked = false;
    co_await RunApart(shared_.threads, work);
    if (pull == BodyStream::Pull::kWait) {
      // A stopping server gives every follower a proper end; it comes again to whoever is next.
      const bool here = !shared_.stopping && co_await WaitForWake(wake, limit);
      if (here) continue;
      if (!shared_.stopping) {
        wishes_.keep_alive = false;
        co_return;
      }
      pull = BodyStream::Pull::kEnd;
      out = stream.LastWords();
      if (!out.empty()) co_await WritePiece(out, chunked);
    }
    if (pull == BodyStream::Pull::kFail) {
      wishes_.keep_alive = false;
      co_return;
    }
    if (pull == BodyStream::Pull::kEnd) {
      if (chunked) co_await Write("0\r\n\r\n");
      co_return;
    }
    if (out.empty()) continue;
    const bool sent = co_await WritePiece(out, chunked);
    if (!sent) {
      wishes_.keep_alive = false;
      co_return;
    }
  }
}

awaitable<bool> AnswerWriter::WritePiece(std::string& piece, bool chunked) {
  if (chunked) {
    char size[24];
    const int length = std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    piece.insert(0, size, static_cast<std::size_t>(length));
    piece += "\r\n";
  }
  co_return co_await Write(piece);
}

awaitable<bool> AnswerWriter::WaitForWake(const std::shared_ptr<Wake>& wake,
                                          std::optional<std::chrono::milliseconds> limit) {
  using asio::experimental::awaitable_operators::operator||;
  bool watch_client = true;
  auto until = asio::steady_timer::time_point::max();
  if (limit) until = asio::steady_timer::clock_type::now() + *limit;
  wake->timer.expires_at(until);
  while (!wake->signalled) {
    if (limit && asio::steady_timer::clock_type::now() >= until) break;
    if (!watch_client) {
      co_await wake->timer.async_wait(kAwait);
      continue;
    }
    auto woken = wake->timer.async_wait(kAwait);
    auto readable = stream_.socket().async_wait(asio::socket_base::wait_read, kAwait);
    co_await (std::move(woken) || std::move(readable));
    if (wake->signalled) break;
    char byte = 0;
    const ssize_t n = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) co_return false;
    if (n > 0) watch_client = false;  // the next request is waiting; it says nothing about this one
  }
  co_return true;
}

std::size_t AnswerWriter::WriteNow(std::string_view bytes) {
  const ssize_t n = ::send(stream_.socket().native_handle(), bytes.data(),
                           std::min(bytes.size(), kWriteSlice), MSG_NOSIGNAL | MSG_DONTWAIT);
  const auto count = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  sent_bytes_ += count;
  return count;
}

awaitable<bool> AnswerWriter::Write(std::string_view bytes) {
  if (!bytes.empty()) bytes.remove_prefix(WriteNow(bytes));
  if (bytes.empty()) co_return true;
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kWriteSlice);
    stream_.expires_after(shared_.options.write_timeout);
    const auto source = asio::buffer(slice.data(), slice.size());
    const auto [error, count] = co_await asio::async_write(stream_, source, kAwait);
    sent_bytes_ += count;
    if (error) co_return false;
    bytes.remove_prefix(count);
  }
  stream_.expires_never();
  co_return true;
}

}  // namespace mlengine::net
