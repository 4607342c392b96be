#include "net/server_threads.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mlengine::net {
namespace {

// Of what is ready on the sockets, that one thread attends to before it runs a handler.
constexpr int kMostReady = 32;
// That the sockets are left alone for one handler. Where handlers are brief, one that takes longer
// was kept waiting for a processor: sending another thread there would take one more from it.
constexpr std::chrono::microseconds kRelievedAfter{100};
constexpr std::chrono::microseconds kBrief{250};
constexpr std::chrono::microseconds kRelievedAfterBrief{500};

}  // namespace

ServerThreads::ServerThreads(boost::asio::io_context& io, int threads)
    : io_(io),
      count_(std::max(2, threads)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {}

ServerThreads::~ServerThreads() {
  Join();
}

void ServerThreads::Start() {
  for (int i = 0; i < count_; ++i) {
    Sleeper& self = all_.emplace_back();
    threads_.emplace_back([this, &self] { Live(self); });
  }
  reliever_ = std::thread([this] { Relieve(); });
}

void ServerThreads::Run(std::function<void()> work) {
  Sleeper* one = nullptr;
  Sleeper* another = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const bool alone = work_.empty() && running_ == 0;
    work_.push_back(std::move(work));
    // What is alone waits for the caller, until he sees that nothing else is ready.
    if (std::exchange(for_attender_, alone)) one = TakeSleeper();
    if (!alone) another = TakeSleeper();
  }
  Wake(one);
  Wake(another);
}

void ServerThreads::Join() {
  std::vector<Sleeper*> all;
  {
    const std::lock_guard lock(mutex_);
    joining_ = true;
    while (Sleeper* const sleeper = TakeSleeper()) all.push_back(sleeper);
  }
  for (Sleeper* const sleeper : all) Wake(sleeper);
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  SetTimer(std::chrono::nanoseconds(1));
  if (reliever_.joinable()) reliever_.join();
}

void ServerThreads::Live(Sleeper& self) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!work_.empty()) {
      RunNext(lock);
    } else if (joining_) {
      return;
    } else if (!attended_) {
      Attend(lock);
    } else {
      sleepers_.push_back(&self);
      self.wake.wait(lock, [&self] { return std::exchange(self.woken, false); });
    }
  }
}

void ServerThreads::RunNext(std::unique_lock<std::mutex>& lock) {
  const std::function<void()> work = std::move(work_.front());
  work_.pop_front();
  for_attender_ = false;
  ++running_;
  lock.unlock();
  work();
  lock.lock();
  --running_;
}

// Until somebody else is to attend.
void ServerThreads::Attend(std::unique_lock<std::mutex>& lock) {
  attended_ = true;
  while (!joining_) {
    lock.unlock();
    io_.run_one();
    for (int ready = 1; ready < kMostReady && io_.poll_one() > 0; ++ready) {
    }
    lock.lock();
    if (!std::exchange(for_attender_, false)) continue;
    if (running_ > 0 || sleepers_.empty() || !timer_.ok()) {
      Sleeper* const one = TakeSleeper();
      lock.unlock();
      Wake(one);
      lock.lock();
    } else if (!RunBetween(lock)) {
      return;
    }
  }
  attended_ = false;
}

// A handler, on the thread that attends to the sockets. Whether it still is to attend.
bool ServerThreads::RunBetween(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t number = ++handlers_;
  between_ = number;
  relieved_after_ = usual_.get() < kBrief ? kRelievedAfterBrief : kRelievedAfter;
  left_at_ = std::chrono::steady_clock::now();
  SetTimer(relieved_after_);
  const auto begun = left_at_;
  RunNext(lock);
  usual_.Took(std::chrono::steady_clock::now() - begun);
  if (between_ != number) return false;
  between_ = 0;
  SetTimer(std::chrono::nanoseconds(0));
  return true;
}

void ServerThreads::Relieve() {
  std::uint64_t expired = 0;
  while (::read(timer_.get(), &expired, sizeof(expired)) > 0 || errno == EINTR) {
    std::unique_lock lock(mutex_);
    if (joining_) return;
    // It may have run out just when its handler ended and another one began.
    if (between_ == 0 || std::chrono::steady_clock::now() < left_at_ + relieved_after_) continue;
    between_ = 0;
    attended_ = false;
    Sleeper* const one = TakeSleeper();
    lock.unlock();
    Wake(one);
  }
}

// 0: never.
void ServerThreads::SetTimer(std::chrono::nanoseconds after) const {
  itimerspec when{};
  when.it_value.tv_nsec = after.count();
  ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

// To be woken by Wake; nothing when none sleeps. mutex_ is held.
ServerThreads::Sleeper* ServerThreads::TakeSleeper() {
  if (sleepers_.empty()) return nullptr;
  Sleeper* const sleeper = sleepers_.back();
  sleepers_.pop_back();
  sleeper->woken = true;
  return sleeper;
}

// mutex_ is not held, for which the woken one would only wait.
void ServerThreads::Wake(Sleeper* sleeper) {
  if (sleeper != nullptr) sleeper->wake.notify_one();
}

}  // namespace mlengine::net
