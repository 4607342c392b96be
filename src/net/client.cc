#include "net/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <optional>

#include "base/crash_point.h"
#include "base/unique_fd.h"

namespace mlengine::net {
namespace beast = boost::beast;
namespace http = beast::http;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kPiece = 256U << 10;
constexpr milliseconds kConnectTimeout{5'000};

struct Origin {
  std::string text;  // "http://host:port"
  std::string host;
  std::string port;
  std::string prefix;  // path in front of every target
};

Result<Origin> ParseOrigin(const std::string& text) {
  static constexpr std::string_view kScheme = "http://";
  const Status bad =
      InvalidArgumentError("\"" + text + "\" is not a server's address; write http://HOST:PORT");
  if (!text.starts_with(kScheme)) return bad;
  Origin origin;
  std::string_view rest = std::string_view(text).substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    origin.prefix = rest.substr(slash);
    while (!origin.prefix.empty() && origin.prefix.back() == '/') origin.prefix.pop_back();
    rest = rest.substr(0, slash);
  }
  origin.text = std::string(kScheme) + std::string(rest);
  const std::size_t colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  origin.host = std::string(rest.substr(0, has_port ? colon : rest.size()));
  origin.port = has_port ? std::string(rest.substr(colon + 1)) : "80";
  if (origin.host.size() > 2 && origin.host.front() == '[')
    origin.host = origin.host.substr(1, origin.host.size() - 2);
  if (origin.host.empty() || origin.port.empty()) return bad;
  return origin;
}

class SocketClient final : public Client {
 public:
  explicit SocketClient(Origin origin) : origin_(std::move(origin)) {}

  Result<ClientResponse> Call(const ClientRequest& request, milliseconds timeout) override {
    return Exchange(request, nullptr, timeout);
  }
  Result<ClientResponse> Stream(const ClientRequest& request,
                                const std::function<bool(std::string_view)>& on_data,
                                milliseconds timeout) override {
    return Exchange(request, &on_data, timeout);
  }

 private:
  using OnData = const std::function<bool(std::string_view)>*;
  using Parser = http::response_parser<http::buffer_body>;

  Result<ClientResponse> Exchange(const ClientRequest& request, OnData on_data,
                                  milliseconds timeout) {
    const bool kept = socket_.ok();
    Result<ClientResponse> response = ExchangeOnce(request, on_data, timeout);
    // A kept connection may have been closed by the server while it was idle. Only then, when not a
    // byte of an answer came and the whole request can be sent again, is it sent again on a fresh
    // one.
    if (!response.ok() && kept && !answered_ && !request.body_source &&
        response.status().code() == StatusCode::kUnavailable) {
      socket_.reset();
      return ExchangeOnce(request, on_data, timeout);
    }
    return response;
  }

  Result<ClientResponse> ExchangeOnce(const ClientRequest& request, OnData on_data,
                                      milliseconds timeout) {
    answered_ = false;
    buffer_.clear();
    if (!socket_.ok()) MLENGINE_RETURN_IF_ERROR(Connect());
    Status sent = SendRequest(request, timeout);
    // A server that refuses early answers and then closes: its answer is worth more than our broken
    // pipe.
    Result<ClientResponse> response = ReadResponse(request, on_data, timeout);
    if (!response.ok()) socket_.reset();
    if (!sent.ok()) {
      socket_.reset();
      if (!response.ok()) return sent;
    }
    return response;
  }

  Status Connect() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(origin_.host.c_str(), origin_.port.c_str(), &hints, &found);
        error != 0) {
      return UnavailableError("cannot find " + origin_.text + ": " + ::gai_strerror(error));
    }
    Status status = UnavailableError("no address for " + origin_.text);
    for (const addrinfo* one = found; one != nullptr && !socket_.ok(); one = one->ai_next)
      status = TryConnect(*one);
    ::freeaddrinfo(found);
    return socket_.ok() ? OkStatus() : status;
  }

  Status TryConnect(const addrinfo& address) {
    UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.ok()) return ErrnoError(errno, "make a socket");
    const auto refused = [this](int error) {
      return Status(StatusCode::kUnavailable,
                    ErrnoError(error, "connect to " + origin_.text).message());
    };
    if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
      if (errno != EINPROGRESS) return refused(errno);
      pollfd waiting{fd.get(), POLLOUT, 0};
      if (::poll(&waiting, 1, static_cast<int>(kConnectTimeout.count())) <= 0)
        return refused(ETIMEDOUT);
      int error = 0;
      socklen_t size = sizeof(error);
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return refused(error);
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    socket_ = std::move(fd);
    return OkStatus();
  }

  Status Wait(short events, milliseconds timeout) {
    pollfd waiting{socket_.get(), events, 0};
    int n = 0;
    do {
      n = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
    } while (n < 0 && errno == EINTR);
    if (n > 0) return OkStatus();
    return DeadlineExceededError(origin_.text + " was silent for " +
                                 std::to_string(timeout.count()) + " ms");
  }

  Status SendAll(std::string_view bytes, milliseconds timeout) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        MLENGINE_RETURN_IF_ERROR(Wait(POLLOUT, timeout));
      } else if (errno != EINTR) {
        return UnavailableError("the connection to " + origin_.text + " broke while sending");
      }
    }
    return OkStatus();
  }

  Status SendRequest(const ClientRequest& request, milliseconds timeout) {
    std::string head = request.method + " " + origin_.prefix + request.target + " HTTP/1.1\r\n";
    const std::string host = origin_.text.substr(std::string_view("http://").size());
    head += "Host: " + host + "\r\n";
    for (const auto& [name, value] : request.headers.all()) head += name + ": " + value + "\r\n";
    const std::uint64_t length = request.body_source ? request.body_length : request.body.size();
    head += "Content-Length: " + std::to_string(length) + "\r\n\r\n";
    CrashPoint("request.before " + request.method);
    MLENGINE_RETURN_IF_ERROR(SendAll(head + request.body, timeout));
    if (!request.body_source) return OkStatus();
    for (std::uint64_t sent = 0; sent < length;) {
      MLENGINE_ASSIGN_OR_RETURN(const std::string piece, request.body_source());
      if (piece.empty()) return DataLossError("the body ended before its announced length");
      MLENGINE_RETURN_IF_ERROR(SendAll(piece, timeout));
      sent += piece.size();
    }
    return OkStatus();
  }

  // More bytes into buffer_. False at the end of the connection.
  Result<bool> Fill(milliseconds timeout) {
    while (true) {
      const auto space = buffer_.prepare(kPiece);
      const ssize_t n = ::recv(socket_.get(), space.data(), space.size(), 0);
      if (n > 0) {
        answered_ = true;
        buffer_.commit(static_cast<std::size_t>(n));
        return true;
      }
      if (n == 0) return false;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        MLENGINE_RETURN_IF_ERROR(Wait(POLLIN, timeout));
      } else if (errno != EINTR) {
        return UnavailableError("the connection to " + origin_.text + " broke while reading");
      }
    }
  }

  Result<ClientResponse> ReadResponse(const ClientRequest& request, OnData on_data,
                                      milliseconds timeout) {
    std::optional<Parser> parser;
    do {  // 100 Continue and its kind are not answers
      parser.emplace();
      parser->header_limit(256U << 10);
      parser->body_limit(boost::none);
      parser->skip(request.method == "HEAD");
      MLENGINE_RETURN_IF_ERROR(ReadHeader(*parser, timeout));
    } while (parser->get().result_int() / 100 == 1);
    ClientResponse response;
    CrashPoint("request.after " + request.method);
    response.status = static_cast<int>(parser->get().result_int());
    for (const auto& field : parser->get()) {
      response.headers.Add(std::string(field.name_string()), std::string(field.value()));
    }
    const bool streamed = on_data != nullptr && response.status / 100 == 2;
    MLENGINE_RETURN_IF_ERROR(
        ReadBody(*parser, streamed ? on_data : nullptr, response.body, timeout));
    if (!parser->get().keep_alive()) socket_.reset();
    return response;
  }

  Status ReadHeader(Parser& parser, milliseconds timeout) {
    while (!parser.is_header_done()) {
      beast::error_code error;
      if (buffer_.size() > 0) {
        buffer_.consume(parser.put(buffer_.data(), error));
        if (error && error != http::error::need_more) {
          return UnavailableError(origin_.text + " did not answer in HTTP: " + error.message());
        }
        if (parser.is_header_done()) break;
      }
      MLENGINE_ASSIGN_OR_RETURN(const bool more, Fill(timeout));
      if (!more) return UnavailableError(origin_.text + " closed the connection without an answer");
    }
    return OkStatus();
  }

  Status ReadBody(Parser& parser, OnData on_data, std::string& body, milliseconds timeout) {
    std::string piece(kPiece, '\0');
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      parser.get().body().more = true;
      beast::error_code error;
      const std::size_t parsed = parser.put(buffer_.data(), error);
      buffer_.consume(parsed);
      const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
      if (on_data == nullptr) {
        body += got;
      } else if (!got.empty() && !(*on_data)(got)) {
        return CancelledError("the caller had enough");
      }
      if (parser.is_done()) break;
      if (error && error != http::error::need_more && error != http::error::need_buffer) {
        return UnavailableError("the answer of " + origin_.text + " is broken: " + error.message());
      }
      // The parser stops at each border (chunk header, full piece); only when it is stuck are more
      // bytes needed.
      if (buffer_.size() > 0 && parsed > 0) continue;
      MLENGINE_ASSIGN_OR_RETURN(const bool more, Fill(timeout));
      if (!more) {
        parser.put_eof(error);
        if (error) return UnavailableError("the answer of " + origin_.text + " was cut off");
      }
    }
    return OkStatus();
  }

  const Origin origin_;
  UniqueFd socket_;
  beast::flat_buffer buffer_;
  bool answered_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(const std::string& origin) {
  MLENGINE_ASSIGN_OR_RETURN(Origin parsed, ParseOrigin(origin));
  return std::unique_ptr<Client>(std::make_unique<SocketClient>(std::move(parsed)));
}

}  // namespace mlengine::net
