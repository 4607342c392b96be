// What the connections of a server share.
#pragma once

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "net/router.h"
#include "net/server.h"
#include "net/server_threads.h"

namespace mlengine::net {

// Owned by the server; outlives them.
struct ServerShared {
  const ServerOptions& options;
  const Router& router;
  ServerThreads& threads;
  std::atomic<bool> stopping = false;
};

// Runs `work`, which may block and must not throw, and comes back to where the sockets are attended
// to.
template <typename Work>
boost::asio::awaitable<void> RunApart(ServerThreads& threads, Work& work) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto start = [&threads, &work, executor](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    threads.Run([&work, executor, shared] {
      work();
      asio::post(executor, [shared] { std::move (*shared)(); });
    });
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(start, asio::use_awaitable);
}

}  // namespace mlengine::net
