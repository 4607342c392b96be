#include "logs/checkpoint.h"

#include "base/digest.h"
#include "logs/index_record.h"

namespace mlengine::logs {
namespace {

constexpr std::string_view kHeader{"mlengine-logmark\0\0\0\1", 20};  // version 1
constexpr std::size_t kFixed = kHeader.size() + 8 + 8 + 8 + 4 + 4;
constexpr std::size_t kPerStream = 8 + 8 + 4;
constexpr std::size_t kCrc = 4;

}  // namespace

std::string EncodeCheckpoint(const Checkpoint& checkpoint) {
  std::string out(kHeader);
  PutFixed(checkpoint.records, 8, out);
  PutFixed(static_cast<std::uint64_t>(checkpoint.last_stamp), 8, out);
  PutFixed(checkpoint.service_bytes, 8, out);
  PutFixed(checkpoint.ended ? 1 : 0, 4, out);
  PutFixed(checkpoint.streams.size(), 4, out);
  for (const Checkpoint::Stream& stream : checkpoint.streams) {
    PutFixed(stream.indexed, 8, out);
    PutFixed(stream.closed_at.value_or(0), 8, out);
    PutFixed(stream.closed_at ? 1 : 0, 4, out);
  }
  PutFixed(ExtendCrc32c(0, out), kCrc, out);
  return out;
}

std::optional<Checkpoint> DecodeCheckpoint(std::string_view bytes) {
  if (bytes.size() < kFixed + kCrc || !bytes.starts_with(kHeader)) return std::nullopt;
  const std::size_t end = bytes.size() - kCrc;
  if (ExtendCrc32c(0, bytes.substr(0, end)) != GetFixed(bytes, end, kCrc)) return std::nullopt;
  Checkpoint out;
  std::size_t at = kHeader.size();
  const auto take = [&](int count) {
    const std::uint64_t value = GetFixed(bytes, at, count);
    at += static_cast<std::size_t>(count);
    return value;
  };
  out.records = take(8);
  out.last_stamp = static_cast<std::int64_t>(take(8));
  out.service_bytes = take(8);
  out.ended = take(4) != 0;
  const std::uint64_t streams = take(4);
  if ((end - kFixed) % kPerStream != 0 || streams != (end - kFixed) / kPerStream)
    return std::nullopt;
  for (std::uint64_t i = 0; i < streams; ++i) {
    Checkpoint::Stream stream;
    stream.indexed = take(8);
    const std::uint64_t closed_at = take(8);
    if (take(4) != 0) stream.closed_at = closed_at;
    out.streams.push_back(stream);
  }
  return out;
}

}  // namespace mlengine::logs
