#include "tensors/message_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tensors/message.h"

namespace mlengine::tensors {
namespace {

// How many bytes came; fewer than asked for at the end alone.
Result<std::size_t> ReadFully(int socket, char* out, std::size_t count) {
  std::size_t got = 0;
  while (got < count) {
    const ssize_t n = ::recv(socket, out + got, count - got, 0);
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "read from a model server's socket");
    got += static_cast<std::size_t>(n);
  }
  return got;
}

}  // namespace

bool LookFor(int socket, std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  do {
    char byte = 0;
    if (::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return true;
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

Result<std::string> ReadMessage(int socket) {
  unsigned char length[4];
  MLENGINE_ASSIGN_OR_RETURN(const std::size_t got,
                            ReadFully(socket, reinterpret_cast<char*>(length), sizeof(length)));
  if (got == 0) return OutOfRangeError("the end");
  std::size_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | length[i];
  if (got < sizeof(length) || size > kLongestMessage)
    return DataLossError("a message between the engine and a model server has no good length");
  std::string message(size, '\0');
  MLENGINE_ASSIGN_OR_RETURN(const std::size_t body, ReadFully(socket, message.data(), size));
  if (body < size) return DataLossError("a message between the engine and a model server was cut");
  return message;
}

Status WriteMessage(int socket, std::string_view message) {
  if (message.size() > kLongestMessage + 4) {
    return ResourceExhaustedError("a message of " + std::to_string(message.size()) +
                                  " bytes is too long; at most " + std::to_string(kLongestMessage) +
                                  " are sent");
  }
  while (!message.empty()) {
    const ssize_t n = ::send(socket, message.data(), message.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(errno, "write to a model server's socket");
    message.remove_prefix(static_cast<std::size_t>(n));
  }
  return OkStatus();
}

}  // namespace mlengine::tensors
