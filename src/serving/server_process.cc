#include "serving/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "tensors/message_socket.h"

namespace mlengine::serving {
namespace {

using tensors::MessageKind;

// A process that takes no bytes for so long has stopped.
constexpr timeval kWriteTimeout{10, 0};
// After its socket's end: it ends by itself.
constexpr std::chrono::milliseconds kEndTimeout{2000};
// That an answer is looked for without sleeping.
constexpr std::chrono::microseconds kWithoutSleep{150};

Result<UniqueFd> OpenLog(const std::string& path) {
  UniqueFd log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.ok()) return ErrnoError(errno, "open " + path);
  return log;
}

bool WaitReadable(int fd, std::chrono::steady_clock::time_point until) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd look{fd, POLLIN, 0};
    const int ready = ::poll(&look, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

// One request that waits for its answer.
struct ServerProcess::Waiting {
  std::condition_variable wake;
  std::optional<Result<std::string>> answer;  // guarded by mutex_ of the process
};

ServerProcess::ServerProcess(ChildProcess child, UniqueFd socket)
    : pid_(child.pid()), socket_(std::move(socket)), child_(std::move(child)) {}

Result<std::shared_ptr<ServerProcess>> ServerProcess::Start(const ServerProcessSpec& spec) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return ErrnoError(errno, "make a socket for a model server");
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &kWriteTimeout, sizeof(kWriteTimeout));
  MLENGINE_ASSIGN_OR_RETURN(const UniqueFd log, OpenLog(spec.log_file));
  ProcessSpec process;
  process.words = spec.words;
  process.stdin_fd = theirs.get();
  process.stdout_fd = log.get();
  process.stderr_fd = log.get();
  process.new_session = true;
  MLENGINE_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(process));
  theirs.reset();
  std::shared_ptr<ServerProcess> made(new ServerProcess(std::move(child), std::move(ours)));
  MLENGINE_RETURN_IF_ERROR(made->Greet(spec.load_timeout));
  made->watcher_ = std::thread([server = made.get()] { server->AwaitEnd(); });
  return made;
}

ServerProcess::~ServerProcess() {
  ::shutdown(socket_.get(), SHUT_RDWR);
  if (watcher_.joinable()) watcher_.join();
  static_cast<void>(Ended());
}

Status ServerProcess::Greet(std::chrono::milliseconds timeout) {
  if (!WaitReadable(socket_.get(), std::chrono::steady_clock::now() + timeout)) {
    static_cast<void>(child_.Signal(SIGKILL, true));
    return DeadlineExceededError("the model was not loaded within " +
                                 std::to_string(timeout.count() / 1000) + " s");
  }
  const Result<std::string> message = tensors::ReadMessage(socket_.get());
  if (!message.ok()) return Ended();
  std::string_view payload = *message;
  MLENGINE_ASSIGN_OR_RETURN(const tensors::MessageHead head, tensors::TakeHead(payload));
  if (head.kind != MessageKind::kHello) return DataLossError("a model server did not greet");
  MLENGINE_ASSIGN_OR_RETURN(const tensors::Hello hello, tensors::DecodeHello(payload));
  MLENGINE_RETURN_IF_ERROR(hello.loaded);
  MLENGINE_ASSIGN_OR_RETURN(signatures_, ReadSignatures(hello.signatures));
  library_version_ = hello.library_version;
  return OkStatus();
}

// Waits for the process, kills it when it does not end, and says how it ended.
Status ServerProcess::Ended() {
  const std::lock_guard lock(mutex_);
  // What it started goes with it: until it is reaped its group is its own.
  static_cast<void>(WaitReadable(child_.pidfd(), std::chrono::steady_clock::now() + kEndTimeout));
  static_cast<void>(child_.Signal(SIGKILL, true));
  const std::optional<ProcessEnd> end = child_.Wait();
  return UnavailableError("The model server of this version " + Describe(*end) + ".");
}

// Until the socket's end, which needs no look at what comes over it.
void ServerProcess::AwaitEnd() {
  pollfd end{socket_.get(), 0, 0};
  while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
  }
  {
    std::unique_lock lock(mutex_);
    hung_up_ = true;
    not_read_.wait(lock, [this] { return !reading_; });
    reading_ = true;
  }
  // Answers that were sent before the end are answers.
  while (true) {
    const Result<std::string> message = tensors::ReadMessage(socket_.get());
    if (!message.ok()) break;
    const std::lock_guard lock(mutex_);
    if (!TakeMessage(*message).ok()) break;
  }
  FailAll(Ended());
}

// Reads one message, when nobody else does, and hands it to whom it belongs; waits for one until
// `until`. False at once when it is not for the caller to read.
bool ServerProcess::ReadOne(std::unique_lock<std::mutex>& lock,
                            std::chrono::steady_clock::time_point until) {
  if (reading_ || hung_up_) return false;
  reading_ = true;
  // Where others wait too, the processors have something better to do.
  const bool looks = waiting_.size() == 1 && !tensors::RunsOn(its_processor_) && look_pace_.IsDue();
  lock.unlock();
  Result<std::string> message = std::string();
  const bool found = looks && tensors::LookFor(socket_.get(), kWithoutSleep);
  const bool readable = found || WaitReadable(socket_.get(), until);
  if (readable) message = tensors::ReadMessage(socket_.get());
  lock.lock();
  reading_ = false;
  if (looks) look_pace_.Looked(found);
  if (readable && !(message.ok() && TakeMessage(*message).ok())) {
    // A process that sends what cannot be read is not to go on.
    hung_up_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
  }
  if (hung_up_) not_read_.notify_one();
  return true;
}

// To one of those who still wait.
void ServerProcess::PassReading() {
  if (!reading_ && !waiting_.empty()) waiting_.begin()->second->wake.notify_one();
}

// mutex_ is held.
Status ServerProcess::TakeMessage(std::string_view message) {
  std::string_view payload = message;
  MLENGINE_ASSIGN_OR_RETURN(const tensors::MessageHead head, tensors::TakeHead(payload));
  if (head.kind != MessageKind::kAnswer && head.kind != MessageKind::kPong &&
      head.kind != MessageKind::kPrediction)
    return DataLossError("a model server sent a message of an unknown kind");
  its_processor_ = head.processor;
  const auto found = waiting_.find(head.id);
  if (found == waiting_.end()) return OkStatus();  // nobody waits any more
  found->second->answer = std::string(payload);
  found->second->wake.notify_one();
  waiting_.erase(found);
  return OkStatus();
}

void ServerProcess::FailAll(const Status& why) {
  const std::lock_guard lock(mutex_);
  alive_ = false;
  why_ = why;
  for (auto& [id, waiting] : waiting_) {
    waiting->answer = why;
    waiting->wake.notify_one();
  }
  waiting_.clear();
}

Result<std::string> ServerProcess::Ask(std::uint64_t id, const std::string& message,
                                       std::chrono::milliseconds timeout) {
  const auto waiting = std::make_shared<Waiting>();
  {
    const std::lock_guard lock(mutex_);
    if (!alive_) return why_;
    waiting_[id] = waiting;
  }
  Status sent;
  {
    const std::lock_guard lock(write_mutex_);
    sent = tensors::WriteMessage(socket_.get(), message);
  }
  std::unique_lock lock(mutex_);
  if (sent.code() == StatusCode::kResourceExhausted) {  // too long; nothing of it was sent
    waiting_.erase(id);
    PassReading();
    return sent;
  }
  // Half a message may be under way, after which nothing else can be sent.
  if (!sent.ok()) ::shutdown(socket_.get(), SHUT_RDWR);
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!waiting->answer && std::chrono::steady_clock::now() < until) {
    if (!ReadOne(lock, until)) waiting->wake.wait_until(lock, until);
  }
  waiting_.erase(id);
  PassReading();
  if (waiting->answer) return *std::move(waiting->answer);
  return DeadlineExceededError("The model did not answer within " +
                               std::to_string(timeout.count() / 1000) + " s.");
}

Result<tensors::RunAnswer> ServerProcess::Run(const tensors::RunRequest& request,
                                              std::chrono::milliseconds timeout) {
  const std::uint64_t id = next_id_++;
  MLENGINE_ASSIGN_OR_RETURN(const std::string payload,
                            Ask(id, tensors::EncodeRun(id, request), timeout));
  return tensors::DecodeAnswer(payload);
}

Result<tensors::WorkerAnswer> ServerProcess::Predict(std::string_view body,
                                                     std::chrono::milliseconds timeout) {
  const std::uint64_t id = next_id_++;
  MLENGINE_ASSIGN_OR_RETURN(const std::string payload,
                            Ask(id, tensors::EncodePredict(id, body), timeout));
  return tensors::DecodePrediction(payload);
}

bool ServerProcess::Answers(std::chrono::milliseconds timeout) {
  const std::uint64_t id = next_id_++;
  return Ask(id, tensors::EncodeHead(MessageKind::kPing, id), timeout).ok();
}

void ServerProcess::Kill() {
  const std::lock_guard lock(mutex_);
  if (alive_) static_cast<void>(child_.Signal(SIGKILL, true));
  ::shutdown(socket_.get(), SHUT_RDWR);
}

std::size_t ServerProcess::requests() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

bool ServerProcess::alive() const {
  const std::lock_guard lock(mutex_);
  return alive_;
}

}  // namespace mlengine::serving
