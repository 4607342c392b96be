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
constexpr std::size_t kWriteSlice = 1U << 20;
constexpr std::size_t kLingerBytes = 64U << 20;
constexpr std::chrono::seconds kLingerTime{2};

// Runs `work` on a worker thread and comes back to this coroutine's thread. `work` must not throw.
template <typename Work>
awaitable<void> OnWorker(asio::thread_pool& workers, Work& work) {
  const auto executor = co_await asio::this_coro::executor;
  auto start = [&workers, &work, executor](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(workers, [&work, executor, shared] {
      work();
      asio::post(executor, [shared] { std::move (*shared)(); });
    });
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(start, asio::use_awaitable);
}

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
    : stream_(std::move(socket)), shared_(shared) {
  buffer_.max_size(shared.options.header_limit + kPiece);
  beast::error_code ignored;
  const auto local = stream_.socket().local_endpoint(ignored);
  local_address_ = local.address().to_string() + ":" + std::to_string(local.port());
}

void Connection::Drain() {
  if (idle_) Close();
  if (const auto wake = wake_.lock()) {
    wake->Signal();
  }
}

void Connection::Close() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
}

awaitable<void> Connection::Serve() {
  const auto self = shared_from_this();  // alive while the coroutine runs
  bool first = true;
  while (keep_alive_ && !shared_.stopping) {
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
    head_only_ = http10_ = body_unread_ = body_late_ = false;
    body_waited_ = std::chrono::milliseconds(0);
    body_bytes_ = 0;
    const bool got_header = co_await ReadHeader(parser);
    if (!got_header) break;
    co_await HandleRequest(parser);
  }
  if (body_unread_) co_await Linger();
  Close();
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
  answered_at_ = started;
  sent_bytes_ = 0;
  keep_alive_ = parser.get().keep_alive();
  http10_ = parser.get().version() < 11;
  head_only_ = request.method == "HEAD";
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
    const std::chrono::duration<double> seconds = answered_at_ - started;
    shared_.options.on_request({request.method, match.route->path_template, last_status_,
                                std::max(0.0, seconds.count()), body_bytes_, sent_bytes_});
  }
}

awaitable<void> Connection::SendContinue(const Parser& parser) {
  const auto expect = parser.get().find(http::field::expect);
  if (expect == parser.get().end() || !beast::iequals(expect->value(), "100-continue")) co_return;
  co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
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
  keep_alive_ = false;
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
  };
  co_await OnWorker(shared_.workers, work);
  co_await Send(std::move(response));
}

awaitable<void> Connection::RunUpload(Parser& parser, Request& request, const Route& route) {
  std::unique_ptr<BodySink> sink;
  Response response;
  bool finished = false;
  auto open = [&sink, &route, &request] { sink = route.upload_handler(request); };
  co_await OnWorker(shared_.workers, open);
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
    co_await OnWorker(shared_.workers, write);
  }
  auto drop = [&sink] { sink.reset(); };
  co_await OnWorker(shared_.workers, drop);
  if (broken) {
    co_await EndBody();
    co_return;
  }
  body_unread_ = !parser.is_done();
  if (body_unread_) keep_alive_ = false;
  co_await Send(std::move(response));
}

awaitable<void> Connection::Refuse(Status status, int http_status) {
  if (body_unread_) keep_alive_ = false;
  Response response;
  response.status = http_status;
  response.body = shared_.options.error_body(status);
  co_await Send(std::move(response));
}

awaitable<void> Connection::Send(Response response) {
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  const bool streamed = response.stream != nullptr;
  const bool chunked = streamed && !response.stream_length && !http10_;
  if (streamed && !response.stream_length && http10_) keep_alive_ = false;
  if (shared_.stopping) keep_alive_ = false;
  last_status_ = response.status;
  answered_at_ = std::chrono::steady_clock::now();
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += Reason(response.status);
  head += "\r\nServer: mlengine\r\nDate: " + HttpDate() + "\r\n";
  if (!bodiless && (streamed || !response.body.empty()) && !response.headers.Get("Content-Type")) {
    response.headers.Add("Content-Type", "application/json; charset=UTF-8");
  }
  for (const auto& [name, value] : response.headers.all()) head += name + ": " + value + "\r\n";
  if (chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (streamed && response.stream_length) {
    head += "Content-Length: " + std::to_string(*response.stream_length) + "\r\n";
  } else if (!streamed && response.status != 204) {
    if (!response.headers.Get("Content-Length")) {
      head += "Content-Length: " + std::to_string(bodiless ? 0 : response.body.size()) + "\r\n";
    }
  }
  head += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!streamed && !bodiless && !head_only_) head += response.body;
  const bool sent = co_await Write(head);
  if (!sent) keep_alive_ = false;
  if (sent && streamed && !head_only_ && !bodiless) co_await SendStream(*response.stream, chunked);
  if (streamed) {
    std::unique_ptr<BodyStream> stream = std::move(response.stream);
    auto drop = [&stream] { stream.reset(); };
    co_await OnWorker(shared_.workers, drop);
  }
}

awaitable<void> Connection::SendStream(BodyStream& stream, bool chunked) {
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
    co_await OnWorker(shared_.workers, work);
    if (pull == BodyStream::Pull::kWait) {
      // A stopping server gives every follower a proper end; it comes again to whoever is next.
      const bool here = !shared_.stopping && co_await WaitForWake(wake, limit);
      if (here) continue;
      if (!shared_.stopping) {
        keep_alive_ = false;
        co_return;
      }
      pull = BodyStream::Pull::kEnd;
      out = stream.LastWords();
      if (!out.empty()) co_await WritePiece(out, chunked);
    }
    if (pull == BodyStream::Pull::kFail) {
      keep_alive_ = false;
      co_return;
    }
    if (pull == BodyStream::Pull::kEnd) {
      if (chunked) co_await Write("0\r\n\r\n");
      co_return;
    }
    if (out.empty()) continue;
    const bool sent = co_await WritePiece(out, chunked);
    if (!sent) {
      keep_alive_ = false;
      co_return;
    }
  }
}

awaitable<bool> Connection::WritePiece(std::string& piece, bool chunked) {
  if (chunked) {
    char size[24];
    const int length = std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    piece.insert(0, size, static_cast<std::size_t>(length));
    piece += "\r\n";
  }
  co_return co_await Write(piece);
}

awaitable<bool> Connection::WaitForWake(const std::shared_ptr<Wake>& wake,
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

std::size_t Connection::WriteNow(std::string_view bytes) {
  const ssize_t n = ::send(stream_.socket().native_handle(), bytes.data(),
                           std::min(bytes.size(), kWriteSlice), MSG_NOSIGNAL | MSG_DONTWAIT);
  const auto count = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  sent_bytes_ += count;
  return count;
}

awaitable<bool> Connection::Write(std::string_view bytes) {
  bytes.remove_prefix(WriteNow(bytes));
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
