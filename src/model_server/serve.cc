#include "model_server/serve.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "tensors/message_socket.h"

namespace mlengine::model_server {
namespace {

using tensors::MessageKind;

// The engine keeps the queue short; this is against a wrong one.
constexpr std::size_t kMostWaiting = 4096;

// What the threads share. It outlives Serve when some still run.
struct Shared {
  int socket;
  RunModel run;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::pair<std::uint64_t, std::string>> waiting;  // guarded by mutex
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

  [[noreturn]] void Work() {
    while (true) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [this] { return !waiting.empty(); });
      const auto [id, payload] = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      const Result<tensors::RunRequest> request = tensors::DecodeRun(payload);
      Answer(id, request.ok() ? run(*request) : tensors::RunAnswer{request.status(), {}});
    }
  }
};

}  // namespace

Status Serve(int socket, int threads, const RunModel& run) {
  const auto shared = std::make_shared<Shared>();
  shared->socket = socket;
  shared->run = run;
  for (int i = 0; i < threads; ++i) std::thread([shared] { shared->Work(); }).detach();
  while (true) {
    const Result<std::string> message = tensors::ReadMessage(socket);
    if (message.status().code() == StatusCode::kOutOfRange) return OkStatus();
    if (!message.ok()) return message.status();
    std::string_view payload = *message;
    MLENGINE_ASSIGN_OR_RETURN(const tensors::MessageHead head, tensors::TakeHead(payload));
    if (head.kind == MessageKind::kPing) {
      shared->Send(tensors::EncodeHead(MessageKind::kPong, head.id));
      continue;
    }
    if (head.kind != MessageKind::kRun) return DataLossError("a message of an unknown kind came");
    std::unique_lock lock(shared->mutex);
    if (shared->waiting.size() >= kMostWaiting) {
      lock.unlock();
      shared->Answer(head.id, {ResourceExhaustedError("too many requests wait"), {}});
      continue;
    }
    shared->waiting.emplace_back(head.id, payload);
    lock.unlock();
    shared->wake.notify_one();
  }
}

}  // namespace mlengine::model_server
