// ServerProcess: one mlengine-model-server or Python worker, as the engine holds it: started,
// asked, watched. It owns the process and its socket. Thread-safe; any number of requests may be
// under way at once, and the end of the process ends only those.
//
// There is no thread between the socket and those who wait: one of them reads, hands the others
// their answers, and lets another one read once its own has come. A thread of the process's own
// waits for the socket's end alone.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "serving/signature.h"
#include "tensors/look_pace.h"
#include "tensors/message.h"

namespace mlengine::serving {

struct ServerProcessSpec {
  std::vector<std::string> words;  // of its command line; the first is the program
  std::string log_file;            // its stdout and stderr, appended; its folder is there
  std::chrono::milliseconds load_timeout{600'000};
};

class ServerProcess final {
 public:
  // Returns once the model is loaded. The errors are the loader's words; UNAVAILABLE when the
  // process ended before it said any, DEADLINE_EXCEEDED when it took too long. No process is left
  // then.
  static Result<std::shared_ptr<ServerProcess>> Start(const ServerProcessSpec& spec);
  // Ends the process.
  ~ServerProcess();

  // UNAVAILABLE when the process ends before it answers, DEADLINE_EXCEEDED when it does not in
  // time; what the model says of the request is in the answer.
  Result<tensors::RunAnswer> Run(const tensors::RunRequest& request,
                                 std::chrono::milliseconds timeout);
  // The same of a Python worker, which takes the body of a request as it came.
  Result<tensors::WorkerAnswer> Predict(std::string_view body, std::chrono::milliseconds timeout);
  // Whether it answers at all, which it does while the model works.
  bool Answers(std::chrono::milliseconds timeout);
  // Has all requests fail and the process end.
  void Kill();

  bool alive() const;
  std::size_t requests() const;  // that wait for an answer
  pid_t pid() const { return pid_; }
  const Signatures& signatures() const { return signatures_; }
  const std::string& library_version() const { return library_version_; }

 private:
  struct Waiting;
  ServerProcess(ChildProcess child, UniqueFd socket);
  Status Greet(std::chrono::milliseconds timeout);
  void AwaitEnd();
  bool ReadOne(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point until);
  void PassReading();
  Status TakeMessage(std::string_view message);
  Result<std::string> Ask(std::uint64_t id, const std::string& message,
                          std::chrono::milliseconds timeout);
  void FailAll(const Status& why);
  Status Ended();

  const pid_t pid_;
  const UniqueFd socket_;
  Signatures signatures_;  // constant once greeted, as the one below
  std::string library_version_;
  std::mutex write_mutex_;
  std::atomic<std::uint64_t> next_id_ = 1;

  mutable std::mutex mutex_;
  ChildProcess child_;                                         // guarded by mutex_, as all below
  std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_;  // requests under way
  bool reading_ = false;                                       // somebody reads the socket
  bool hung_up_ = false;              // its end is there: only its own thread reads what is left
  std::condition_variable not_read_;  // for that thread
  tensors::LookPace look_pace_;       // for an answer
  std::uint32_t its_processor_ = tensors::kNoProcessor;  // that it last ran on
  bool alive_ = true;
  Status why_;           // when not alive
  std::thread watcher_;  // last: it uses what is above
};

}  // namespace mlengine::serving
