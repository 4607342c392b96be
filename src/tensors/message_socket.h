// Whole messages over a connected stream socket, one reader and one writer at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::tensors {

// Whether something came, or the end, within so long. It does not sleep, which takes a processor
// but spares what waking takes: some ten microseconds, where the time is well chosen.
bool LookFor(int socket, std::chrono::nanoseconds time);

// The next message without its length. OUT_OF_RANGE at the socket's end, DATA_LOSS for a length
// above kLongestMessage or an end within a message.
Result<std::string> ReadMessage(int socket);

// An encoded message. RESOURCE_EXHAUSTED, with nothing sent, for one that is too long; otherwise
// the error of the socket, after which it cannot be used any more.
Status WriteMessage(int socket, std::string_view message);

}  // namespace mlengine::tensors
