#include "model_server/serve.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/usual_time.h"
#include "tensors/look_pace.h"
#include "tensors/message_socket.h"

namespace mlengine::model_server {
namespace {

using tensors::MessageKind;

// The engine keeps the queue short; this is against a wrong one.
constexpr std::size_t kMostWaiting = 4096;
// That the next request is looked for without sleeping.
constexpr std::chrono::microseconds kWithoutSleep{200};
// Whoever runs the model for less than this reads on himself afterwards: to wake another one for
// that takes as long.
constexpr std::chrono::microseconds kShortRun{100};
// Of those who sleep, whether all the same somebody is to read: a run may take longer than others.
constexpr std::chrono::milliseconds kLook{500};

struct Waiting {
  std::uint64_t id = 0;
  std::uint32_t processor = tensors::kNoProcessor;  // of the engine's thread
  std::string message;                              // whole
};

// What the threads share. It outlives Serve when some still run.
//
// There is one thread more than may run the model, so that one always can read. Whoever has read a
// request runs it himself while another reads on: handing it over would cost a switch of threads,
// which is more than a small model takes.
struct Shared {
  int socket;
  int threads;
  RunModel run;
  std::mutex mutex;
  std::condition_variable wake;                             // of those who neither read nor run
  std::condition_variable leave;                            // of Serve
  bool reading = false;                                     // guarded by mutex, as all below
  tensors::LookPace look_pace;                              // for the next request
  std::uint32_t engines_processor = tensors::kNoProcessor;  // that the last one was sent from
  int running = 0;
  UsualTime usual_run{std::chrono::milliseconds(1)};
  std::deque<Waiting> waiting;  // when all run that may
  std::optional<Status> end;
  std::mutex write_mutex;

  void Send(const std::string& message) {
    const std::lock_guard lock(write_mutex);
    // A broken socket is seen by the reader.
    static_cast<void>(tensors::WriteMessage(socket, message));
  }

  void Answer(std::uint64_t id, const tensors::RunAnswer& answer) {
    const std::string message = tensors::EncodeAnswer(id, answer);
    if (message.size() <= tensors::kLongestMessage) return Send(message);
    Send(tensors::EncodeAnswer(
        id, {ResourceExhaustedError("the outputs have " + std::to_string(message.size()) +
                                    " bytes; at most " + std::to_string(tensors::kLongestMessage) +
                                    " can be answered. Send fewer instances"),
             {}}));
  }

  void Run(std::unique_lock<std::mutex>& lock, const Waiting& one) {
    ++running;
    lock.unlock();
    std::string_view payload = one.message;
    static_cast<void>(tensors::TakeHead(payload));  // it was read before
    const Result<tensors::RunRequest> request = tensors::DecodeRun(payload);
    const auto begun = std::chrono::steady_clock::now();
    Answer(one.id, request.ok() ? run(*request) : tensors::RunAnswer{request.status(), {}});
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begun;
    lock.lock();
    usual_run.Took(took);
    --running;
  }

  // The next request to run; pings are answered on the way. Not OK at the end: OUT_OF_RANGE where
  // it is a good one.
  Result<Waiting> Read() {
    while (true) {
      Waiting one;
      MLENGINE_ASSIGN_OR_RETURN(one.message, tensors::ReadMessage(socket));
      std::string_view payload = one.message;
      MLENGINE_ASSIGN_OR_RETURN(const tensors::MessageHead head, tensors::TakeHead(payload));
      one.id = head.id;
      one.processor = head.processor;
      if (head.kind == MessageKind::kRun) return one;
      if (head.kind != MessageKind::kPing)
        return DataLossError("a message of an unknown kind came");
      Send(tensors::EncodeHead(MessageKind::kPong, head.id));
    }
  }

  // Reads one request and runs it, or leaves it to those who run.
  void ReadAndRun(std::unique_lock<std::mutex>& lock) {
    reading = true;
    const bool looks = running == 0 && !tensors::RunsOn(engines_processor) && look_pace.IsDue();
    lock.unlock();
    const bool found = looks && tensors::LookFor(socket, kWithoutSleep);
    Result<Waiting> one = Read();
    lock.lock();
    reading = false;
    if (looks) look_pace.Looked(found);
    if (one.ok()) engines_processor = one->processor;
    if (!one.ok()) {
      end = one.status().code() == StatusCode::kOutOfRange ? OkStatus() : one.status();
      wake.notify_all();
      leave.notify_all();
    } else if (running < threads) {
      const bool brief = usual_run.get() < kShortRun;
      if (!brief || tensors::LookFor(socket, std::chrono::nanoseconds(0)))
        wake.notify_one();  // to read on
      Run(lock, *one);
    } else if (waiting.size() < kMostWaiting) {
      waiting.push_back(*std::move(one));
    } else {
      lock.unlock();
      Answer(one->id, {ResourceExhaustedError("too many requests wait"), {}});
      lock.lock();
    }
  }

  void Live() {
    std::unique_lock lock(mutex);
    while (!end) {
      if (running < threads && !waiting.empty()) {
        const Waiting one = std::move(waiting.front());
        waiting.pop_front();
        Run(lock, one);
      } else if (!reading) {
        ReadAndRun(lock);
      } else {
        wake.wait_for(lock, kLook);
      }
    }
  }
};

}  // namespace

Status Serve(int socket, int threads, const RunModel& run) {
  const auto shared = std::make_shared<Shared>();
  shared->socket = socket;
  shared->threads = threads;
  shared->run = run;
  for (int i = 0; i < threads + 1; ++i) std::thread([shared] { shared->Live(); }).detach();
  std::unique_lock lock(shared->mutex);
  shared->leave.wait(lock, [&shared] { return shared->end.has_value(); });
  return *shared->end;
}

}  // namespace mlengine::model_server
