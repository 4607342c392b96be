#include "net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <cstdio>
#include <ctime>
#include <exception>

#include "base/crash_point.h"
#include "base/log.h"
#include "net/browser_guard.h"
#include "net/request_head.h"

// In a full expression with co_await: no temporary of aggregate or closure type, no class-type
// conditional, no braced list, no switch. Everything that co_await needs is a named local.

namespace mlengine::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiece = 256U << 10;
constexpr std::size_t kLingerBytes = 64U << 20;
constexpr std::chrono::seconds kLingerTime{2};

// Handlers of ours return errors as values; what still escapes must not end the server.
Response Guarded(const std::function<Response()>& call, const ServerOptions& options) {
  try {
    return call();
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "a handler threw", {{"what", error.what()}});
  }
  Response response;
  response.status = 500;
  response.body =
      options.error_body(InternalError("an unexpected error; the server's log has more"));
  return response;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, ServerShared& shared)
    : stream_(std::move(socket)), shared_(shared), writer_(stream_, shared) {
  buffer_.max_size(shared.options.header_limit + kPiece);
  beast::error_code ignored;
  const auto local = stream_.socket().local_endpoint(ignored);
  local_address_ = local.address().to_string() + ":" + std::to_string(local.port());
}

void Connection::Drain() {
  if (idle_) Break();
  writer_.EndStream();
}

// Only the coroutine closes the socket: a handler may be writing to it.
void Connection::Break() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

awaitable<void> Connection::Serve() {
  const auto self = shared_from_this();  // alive while the coroutine runs
  bool first = true;
  while (writer_.keep_alive() && !shared_.stopping) {
    if (buffer_.size() == 0) {
      idle_ = true;
      stream_.expires_after(first ? shared_.options.header_timeout : shared_.options.idle_timeout);
      const auto space = buffer_.prepare(4096);
      const auto [error, count] = co_await stream_.async_read_some(space, kAwait);
      idle_ = false;
      if (error || count == 0) break;
      buffer_.commit(count);
    }
    first = false;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_.options.header_limit));
    parser.body_limit(boost::none);
    writer_.Expect({});
    body_unread_ = body_late_ = false;
    body_waited_ = std::chrono::milliseconds(0);
    body_bytes_ = 0;
    const bool got_header = co_await ReadHeader(parser);
    if (!got_header) break;
    co_await HandleRequest(parser);
  }
  if (body_unread_) co_await Linger();
  Break();
  stream_.close();
}

// A request of one packet is parsed without a timer and a look at other sockets, which would cost
// as much as all the rest.
beast::error_code Connection::TakeBuffered(Parser& parser) {
  beast::error_code error;
  const std::size_t used = parser.put(buffer_.data(), error);
  buffer_.consume(used);
  if (!error && used == 0 && !parser.is_done()) error = http::error::need_more;
  return error;
}

awaitable<std::optional<beast::error_code>> Connection::AwaitHeader(Parser& parser) {
  using asio::experimental::awaitable_operators::operator||;
  // Not the stream's own timeout, which would close the socket before the answer.
  stream_.expires_never();
  asio::steady_timer timer(co_await asio::this_coro::executor, shared_.options.header_timeout);
  auto read = http::async_read_header(stream_, buffer_, parser, kAwait);
  auto expiry = timer.async_wait(kAwait);
  const auto winner = co_await (std::move(read) || std::move(expiry));
  if (winner.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::get<0>(winner));
}

awaitable<bool> Connection::ReadHeader(Parser& parser) {
  std::optional<beast::error_code> read = TakeBuffered(parser);
  if (*read == http::error::need_more) read = co_await AwaitHeader(parser);
  body_unread_ = true;
  if (!read) {
    co_await Refuse(DeadlineExceededError("the request's header did not arrive in time"), 408);
    co_return false;
  }
  const beast::error_code error = *read;
  if (!error) {
    body_unread_ = false;
    co_return true;
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    co_await Refuse(InvalidArgumentError("the request's header is longer than " +
                                         std::to_string(shared_.options.header_limit) + " bytes"),
                    431);
  } else if (error.category() == http::make_error_code(http::error::bad_target).category() &&
             error != http::error::end_of_stream && error != http::error::partial_message) {
    co_await Refuse(InvalidArgumentError("not an HTTP request: " + error.message()), 400);
  } else {
    body_unread_ = false;
  }
  co_return false;
}

awaitable<void> Connection::HandleRequest(Parser& parser) {
  const auto started = std::chrono::steady_clock::now();
  Request request = ToRequest(parser.get(), local_address_);
  const AnswerWriter::Wishes wishes = {.keep_alive = parser.get().keep_alive(),
                                       .head_only = request.method == "HEAD",
                                       .http10 = parser.get().version() < 11};
  writer_.Expect(wishes);
  Status sender = CheckSender(request);
  if (!sender.ok()) {
    body_unread_ = !parser.is_done();
    co_await Refuse(std::move(sender), 403);
    co_return;
  }
  Router::Match match = shared_.router.Find(request.method, request.raw_path);
  if (match.route == nullptr) {
    body_unread_ = !parser.is_done();
    std::string allowed;
    for (const std::string& method : match.allowed)
      allowed += (allowed.empty() ? "" : ", ") + method;
    if (allowed.empty()) {
      co_await Refuse(NotFoundError("this server has no resource at " + request.raw_path), 404);
    } else {
      co_await Refuse(InvalidArgumentError(request.method + " is not possible at " +
                                           request.raw_path + "; possible: " + allowed),
                      405);
    }
    co_return;
  }
  request.path_values = std::move(match.path_values);
  if (match.route->upload_handler) {
    co_await RunUpload(parser, request, *match.route);
  } else {
    co_await RunHandler(parser, request, *match.route);
  }
  if (shared_.options.on_request) {
    const std::chrono::duration<double> seconds = writer_.answered_at() - started;
    shared_.options.on_request({request.method, match.route->path_template, writer_.status(),
                                std::max(0.0, seconds.count()), body_bytes_, writer_.sent_bytes()});
  }
}

awaitable<void> Connection::SendContinue(const Parser& parser) {
  const auto expect = parser.get().find(http::field::expect);
  if (expect == parser.get().end() || !beast::iequals(expect->value(), "100-continue")) co_return;
  co_await writer_.Write("HTTP/1.1 100 Continue\r\n\r\n");
}

// Silence is bounded, and so is the average: a byte now and then would hold the request for ever.
// Only waiting counts, not what the server itself takes for the bytes.
std::chrono::milliseconds Connection::BodyPatience() const {
  const auto& options = shared_.options;
  const auto earned = std::chrono::milliseconds(1000 * body_bytes_ / options.body_rate);
  return std::min(options.body_timeout, options.body_timeout + earned - body_waited_);
}

awaitable<std::optional<beast::error_code>> Connection::AwaitPiece(Parser& parser) {
  using asio::experimental::awaitable_operators::operator||;
  // Not the stream's own timeout, which would close the socket before the answer.
  stream_.expires_never();
  asio::steady_timer timer(co_await asio::this_coro::executor, BodyPatience());
  const auto started = std::chrono::steady_clock::now();
  auto read = http::async_read_some(stream_, buffer_, parser, kAwait);
  auto expiry = timer.async_wait(kAwait);
  const auto winner = co_await (std::move(read) || std::move(expiry));
  body_waited_ += std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  if (winner.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::get<0>(winner));
}

awaitable<std::optional<std::string>> Connection::ReadPiece(Parser& parser) {
  std::string piece;
  while (!parser.is_done()) {
    piece.resize(
        std::clamp<std::uint64_t>(parser.content_length_remaining().value_or(kPiece), 1, kPiece));
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    std::optional<beast::error_code> read = http::error::need_more;
    if (buffer_.size() > 0) read = TakeBuffered(parser);
    if (*read == http::error::need_more) read = co_await AwaitPiece(parser);
    if (!read) {
      body_late_ = true;
      co_return std::nullopt;
    }
    const beast::error_code error = *read;
    if (error && error != http::error::need_buffer) co_return std::nullopt;
    piece.resize(piece.size() - parser.get().body().size);
    body_bytes_ += piece.size();
    // Where only framing was read the caller must not take it for the end.
    if (!piece.empty()) co_return piece;
  }
  piece.clear();
  co_return piece;
}

awaitable<void> Connection::EndBody() {
  writer_.EndAfterwards();
  if (!body_late_) co_return;
  body_unread_ = true;
  const std::string received = std::to_string(body_bytes_);
  Status late = DeadlineExceededError("the request's body did not arrive in time; " + received +
                                      " bytes came, then too little for too long");
  co_await Refuse(std::move(late), 408);
}

awaitable<void> Connection::RunHandler(Parser& parser, Request& request, const Route& route) {
  const auto length = parser.content_length();
  const std::string too_long =
      "the request's body is longer than " + std::to_string(route.body_limit) + " bytes";
  if (length && *length > route.body_limit) {
    body_unread_ = true;
    co_await Refuse(OutOfRangeError(too_long), 413);
    co_return;
  }
  if (!parser.is_done()) co_await SendContinue(parser);
  while (!parser.is_done()) {
    std::optional<std::string> piece = co_await ReadPiece(parser);
    if (!piece) {
      co_await EndBody();
      co_return;
    }
    request.body += *piece;
    if (request.body.size() > route.body_limit) {
      body_unread_ = true;
      co_await Refuse(OutOfRangeError(too_long), 413);
      co_return;
    }
  }
  Response response;
  const std::function<Response()> call = [&route, &request] { return route.handler(request); };
  auto work = [&response, &call, this] {
    response = Guarded(call, shared_.options);
    CrashPoint("answer.before");
    if (response.stream == nullptr && shared_.threads.quiet()) writer_.Begin(response);
  };
  co_await RunApart(shared_.threads, work);
  co_await writer_.Send(std::move(response));
}

awaitable<void> Connection::RunUpload(Parser& parser, Request& request, const Route& route) {
  std::unique_ptr<BodySink> sink;
  Response response;
  bool finished = false;
  auto open = [&sink, &route, &request] { sink = route.upload_handler(request); };
  co_await RunApart(shared_.threads, open);
  co_await SendContinue(parser);
  bool broken = false;
  while (!finished && !broken) {
    std::optional<std::string> piece = co_await ReadPiece(parser);
    broken = !piece.has_value();
    if (broken) break;
    const bool last = parser.is_done();
    const std::function<Response()> finish = [&sink] { return sink->Finish(); };
    auto write = [&sink, &piece, &response, &finished, &finish, last, this] {
      const Status status = piece->empty() ? OkStatus() : sink->Write(*piece);
      finished = last || !status.ok();
      if (!status.ok()) {
        response = sink->Fail(status);
      } else if (last) {
        response = Guarded(finish, shared_.options);
        CrashPoint("answer.before");
      }
    };
    co_await RunApart(shared_.threads, write);
  }
  auto drop = [&sink] { sink.reset(); };
  co_await RunApart(shared_.threads, drop);
  if (broken) {
    co_await EndBody();
    co_return;
  }
  body_unread_ = !parser.is_done();
  if (body_unread_) writer_.EndAfterwards();
  co_await writer_.Send(std::move(response));
}

awaitable<void> Connection::Refuse(Status status, int http_status) {
  if (body_unread_) writer_.EndAfterwards();
  Response response;
  response.status = http_status;
  response.body = shared_.options.error_body(status);
  co_await writer_.Send(std::move(response));
}

// Lets the client read the answer although its request was not read to the end: closing at once
// would reset it.
awaitable<void> Connection::Linger() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  std::string sink(kPiece, '\0');
  const auto deadline = std::chrono::steady_clock::now() + kLingerTime;
  for (std::size_t total = 0; total < kLingerBytes;) {
    stream_.expires_at(deadline);
    const auto target = asio::buffer(sink);
    const auto [error, count] = co_await stream_.async_read_some(target, kAwait);
    if (error || count == 0) break;
    total += count;
  }
}

}  // namespace mlengine::net
