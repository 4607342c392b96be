// What a log store has taken in since it was opened: entries, the service's too, and the bytes of
// the programs in them.
#pragma once

#include <atomic>
#include <cstdint>

namespace mlengine::logs {

struct TakenIn {
  std::atomic<std::uint64_t> entries{0};
  std::atomic<std::uint64_t> bytes{0};
};

}  // namespace mlengine::logs
