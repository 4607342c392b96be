#include "net/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <condition_variable>
#include <mutex>
#include <set>

#include "base/log.h"
#include "net/connection.h"
#include "net/listen_address.h"

namespace mlengine::net {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Connections that are being told that there are too many; more are closed without a word.
constexpr int kMostRefused = 256;

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Router router)
      : options_(std::move(options)),
        router_(std::move(router)),
        threads_(io_, options_.worker_threads + 1),
        shared_{options_, router_, threads_} {}

  ~BeastServer() override { Stop(std::chrono::milliseconds(0)); }

  Status Bind() {
    for (const std::string& text : options_.listen) {
      MLENGINE_ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(text));
      boost::system::error_code error;
      const tcp::endpoint endpoint(asio::ip::make_address(address.host, error), address.port);
      if (error)
        return InvalidArgumentError("\"" + text + "\" is not an address: " + error.message());
      tcp::acceptor acceptor(io_);
      acceptor.open(endpoint.protocol(), error);
      if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) acceptor.bind(endpoint, error);
      if (!error) acceptor.listen(1024, error);
      if (error == boost::system::errc::address_in_use) {
        return AlreadyExistsError("port " + std::to_string(address.port) + " of " + address.host +
                                  " is taken by " + PortHolder(address) +
                                  "; end it, or choose another port with --listen");
      }
      if (error) return UnavailableError("cannot listen on " + text + ": " + error.message());
      const ListenAddress bound{address.host, acceptor.local_endpoint().port()};
      addresses_.push_back(bound.ToString());
      acceptors_.push_back(std::move(acceptor));
    }
    return OkStatus();
  }

  std::vector<std::string> addresses() const override { return addresses_; }

  void Start() override {
    for (tcp::acceptor& acceptor : acceptors_)
      asio::co_spawn(io_, Accept(acceptor), asio::detached);
    started_ = true;
    threads_.Start();
  }

  void Stop(std::chrono::milliseconds grace) override {
    if (stopped_) return;
    stopped_ = true;
    asio::post(io_, [this] {
      shared_.stopping = true;
      for (tcp::acceptor& acceptor : acceptors_) acceptor.close();
      for (const auto& connection : std::set(connections_)) connection->Drain();
    });
    if (started_) {
      std::unique_lock lock(mutex_);
      none_left_.wait_for(lock, grace, [this] { return open_ == 0; });
      lock.unlock();
      asio::post(io_, [this] {
        for (const auto& connection : std::set(connections_)) connection->Break();
      });
      // A handler ends before the sockets are left alone, for its answer is sent there.
      lock.lock();
      none_left_.wait_for(lock, std::chrono::seconds(5), [this] { return open_ == 0; });
      lock.unlock();
      threads_.Join();
    }
  }

 private:
  asio::awaitable<void> Accept(tcp::acceptor& acceptor) {
    constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
    while (acceptor.is_open()) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
      if (error) {
        // Out of descriptors: wait until some connection has ended rather than spin.
        Log(LogLevel::kWarning, "cannot accept a connection", {{"error", error.message()}});
        asio::steady_timer pause(io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(kAwait);
        continue;
      }
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      if (connections_.size() >= options_.connection_limit) {
        asio::co_spawn(io_, RefuseBusy(std::move(socket)), asio::detached);
        continue;
      }
      auto connection = std::make_shared<Connection>(std::move(socket), shared_);
      connections_.insert(connection);
      SetOpen(connections_.size());
      auto ended = [this, connection](std::exception_ptr thrown) {
        if (thrown) Log(LogLevel::kError, "a connection ended with an exception");
        connections_.erase(connection);
        SetOpen(connections_.size());
      };
      asio::co_spawn(io_, connection->Serve(), ended);
    }
  }

  // Tells the client, and waits a moment for it to read that: closing at once, with its request
  // unread, would reset the connection.
  asio::awaitable<void> RefuseBusy(tcp::socket socket) {
    constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
    if (refused_ >= kMostRefused) co_return;
    const std::string body = options_.error_body(
        UnavailableError("the server has as many connections as it takes (" +
                         std::to_string(options_.connection_limit) +
                         "; limits.connections in mlengine.yaml); try again in a moment"));
    const std::string answer =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: "
        "application/json; charset=UTF-8\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    ++refused_;
    boost::beast::tcp_stream stream(std::move(socket));
    stream.expires_after(std::chrono::seconds(1));
    const auto source = asio::buffer(answer);
    co_await asio::async_write(stream, source, kAwait);
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    std::string sink(4096, '\0');
    const auto target = asio::buffer(sink);
    while (true) {
      const auto [error, count] = co_await stream.async_read_some(target, kAwait);
      if (error || count == 0) break;
    }
    --refused_;
  }

  void SetOpen(std::size_t open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    if (open == 0) none_left_.notify_all();
    if (options_.on_connections) options_.on_connections(open);
  }

  const ServerOptions options_;
  const Router router_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  ServerThreads threads_;
  ServerShared shared_;
  std::vector<tcp::acceptor> acceptors_;
  std::vector<std::string> addresses_;
  std::set<std::shared_ptr<Connection>> connections_;  // of whoever attends to the sockets
  int refused_ = 0;                                    // as connections_
  bool started_ = false;
  bool stopped_ = false;
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t open_ = 0;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions options, Router router) {
  if (!options.error_body)
    options.error_body = [](const Status& status) { return status.message() + "\n"; };
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(router));
  MLENGINE_RETURN_IF_ERROR(server->Bind());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace mlengine::net
