#include "net/server_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace mlengine::net {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kPatience{20};

class ServerThreadsTest : public ::testing::Test {
 protected:
  // Has `call` made where the sockets are attended to.
  void Attending(std::function<void()> call) { asio::post(io_, std::move(call)); }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
};

// Once there is another one that sleeps, who could be sent to the sockets.
TEST_F(ServerThreadsTest, RunsTheOnlyHandlerOnTheAttendingThread) {
  ServerThreads threads(io_, 4);
  threads.Start();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  bool same = false;
  while (!same && std::chrono::steady_clock::now() < until) {
    const auto ran = std::make_shared<std::promise<bool>>();
    Attending([&threads, ran] {
      threads.Run([ran, attending = std::this_thread::get_id()] {
        ran->set_value(attending == std::this_thread::get_id());
      });
    });
    same = ran->get_future().get();
  }
  EXPECT_TRUE(same);
  threads.Join();
}

TEST_F(ServerThreadsTest, AttendsWhileAHandlerTakesLong) {
  ServerThreads threads(io_, 2);
  threads.Start();
  std::promise<void> begun;
  std::promise<void> end;
  Attending([&] {
    threads.Run([&] {
      begun.set_value();
      end.get_future().wait();
    });
  });
  begun.get_future().wait();
  std::promise<void> attended;
  Attending([&attended] { attended.set_value(); });
  EXPECT_EQ(attended.get_future().wait_for(kPatience), std::future_status::ready);
  end.set_value();
  threads.Join();
}

// As many at once as there are threads, but for the one that attends.
TEST_F(ServerThreadsTest, RunsHandlersBesideEachOther) {
  constexpr int kHandlers = 5;
  ServerThreads threads(io_, kHandlers + 1);
  threads.Start();
  std::atomic<int> running = 0;
  std::promise<void> all;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  for (int i = 0; i < kHandlers; ++i) {
    Attending([&] {
      threads.Run([&, ended] {
        if (++running == kHandlers) all.set_value();
        ended.wait();
      });
    });
  }
  EXPECT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  std::promise<void> attended;
  Attending([&attended] { attended.set_value(); });
  EXPECT_EQ(attended.get_future().wait_for(kPatience), std::future_status::ready);
  end.set_value();
  threads.Join();
}

TEST_F(ServerThreadsTest, RunsWhatWasGivenBeforeItIsJoined) {
  std::atomic<int> ran = 0;
  {
    ServerThreads threads(io_, 2);
    threads.Start();
    std::promise<void> given;
    Attending([&] {
      for (int i = 0; i < 100; ++i) {
        threads.Run([&ran] {
          std::this_thread::sleep_for(std::chrono::microseconds(200));
          ++ran;
        });
      }
      given.set_value();
    });
    given.get_future().wait();
  }
  EXPECT_EQ(ran, 100);
}

// One after the other from there, so that the timer of each meets the end of the one before.
TEST_F(ServerThreadsTest, NoHandlerIsLostBetweenReliefs) {
  ServerThreads threads(io_, 3);
  threads.Start();
  constexpr int kHandlers = 2000;
  std::promise<void> all;
  int ran = 0;  // of whoever attends
  std::function<void()> next = [&] {
    if (ran == kHandlers) return all.set_value();
    threads.Run([&, number = ++ran] {
      const auto until =
          std::chrono::steady_clock::now() + std::chrono::microseconds(90 + number % 20);
      while (std::chrono::steady_clock::now() < until) {
      }
      Attending(next);
    });
  };
  Attending(next);
  EXPECT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  threads.Join();
  EXPECT_EQ(ran, kHandlers);
}

}  // namespace
}  // namespace mlengine::net
