// Checkpoint: where a log's index had come to, so that opening a long log does not read it all;
// docs/formats/log_index.md is its page. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::logs {

struct Checkpoint {
  struct Stream {
    std::uint64_t indexed = 0;  // bytes of it that are in entries
    std::optional<std::uint64_t> closed_at;
    friend bool operator==(const Stream&, const Stream&) = default;
  };

  std::uint64_t records = 0;
  std::int64_t last_stamp = 0;      // of the last of them
  std::uint64_t service_bytes = 0;  // of the file `service` that they know
  bool ended = false;
  std::vector<Stream> streams;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string EncodeCheckpoint(const Checkpoint& checkpoint);
// Nothing for what is not whole, or of another version: the index is read instead.
std::optional<Checkpoint> DecodeCheckpoint(std::string_view bytes);

}  // namespace mlengine::logs
