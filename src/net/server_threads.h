// ServerThreads: those that a server works with. One of them at a time attends to the sockets, i.e.
// runs the io context; the others run handlers, or sleep. Handing a request over to another thread
// costs more than a small handler takes, so the one that attends runs the handler himself when
// there is nothing else to do. When that takes long, another thread is sent to the sockets
// meanwhile.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "base/usual_time.h"

namespace mlengine::net {

class ServerThreads {
 public:
  // The io context outlives them, and is run by nobody else. At least two threads, and one more
  // that sleeps nearly always.
  ServerThreads(boost::asio::io_context& io, int threads);
  ~ServerThreads();  // Join

  void Start();
  // For the thread that attends to the sockets: `work` is run soon, by itself or by another one,
  // and may block.
  void Run(std::function<void()> work);
  // Whether at most one handler runs.
  bool quiet() const { return running_ <= 1; }
  // What was given to Run is run first.
  void Join();

 private:
  // A thread that may sleep. Which one is woken is for its waker to say: the last one that fell
  // asleep has its memory still in the processor's caches.
  struct Sleeper {
    std::condition_variable wake;
    bool woken = false;  // guarded by mutex_
  };
  void Live(Sleeper& self);
  void RunNext(std::unique_lock<std::mutex>& lock);
  bool RunBetween(std::unique_lock<std::mutex>& lock);
  void Relieve();
  void SetTimer(std::chrono::nanoseconds after) const;
  void Attend(std::unique_lock<std::mutex>& lock);
  Sleeper* TakeSleeper();
  static void Wake(Sleeper* sleeper);

  boost::asio::io_context& io_;
  const int count_;
  const UniqueFd timer_;     // runs while a handler does that keeps its thread from the sockets
  std::deque<Sleeper> all_;  // one for each thread
  std::vector<std::thread> threads_;
  std::thread reliever_;  // sends another one there when it has run out

  std::mutex mutex_;
  std::deque<std::function<void()>> work_;  // guarded by mutex_, as all below
  std::atomic<int> running_ = 0;            // handlers
  bool for_attender_ = false;               // the only work there is; nobody was woken for it
  std::vector<Sleeper*> sleepers_;          // the last one fell asleep last
  bool attended_ = false;                   // somebody attends to the sockets
  std::uint64_t between_ = 0;               // the handler that he runs meanwhile; 0: none
  std::chrono::steady_clock::time_point left_at_;  // when that began
  std::chrono::nanoseconds relieved_after_{};      // so long after it
  UsualTime usual_{std::chrono::milliseconds(1)};  // of the handlers that he runs
  std::uint64_t handlers_ = 0;                     // that were run so
  bool joining_ = false;
};

}  // namespace mlengine::net
