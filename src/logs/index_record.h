// One record of a job's log index; docs/formats/log_index.md is its page. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlengine::logs {

struct IndexRecord {
  static constexpr std::uint64_t kBytes = 36;        // on disk
  static constexpr std::uint64_t kHeaderBytes = 16;  // of the file
  // Before each text of the service file: sequence, length, CRC of both and the text, zero.
  static constexpr std::uint64_t kServiceHeaderBytes = 16;
  // Flags beside Draft's.
  static constexpr std::uint16_t kService = 16;  // the bytes are in the service file
  static constexpr std::uint16_t kNamed = 128;   // of the service: begins with a task name and \n
  static constexpr std::uint16_t kClosed = 32;   // no entry: the stream is complete at `offset`
  static constexpr std::uint16_t kEnd = 64;      // no entry: the log is complete

  std::int64_t stamp_ns = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t stream = 0;  // number of the stream in the job
  std::uint16_t severity = 0;
  std::uint16_t flags = 0;

  bool is_entry() const { return (flags & (kClosed | kEnd)) == 0; }
  friend bool operator==(const IndexRecord&, const IndexRecord&) = default;
};

std::string IndexHeader();
bool IsIndexHeader(std::string_view bytes);
void EncodeRecord(const IndexRecord& record, std::string& out);
// Nothing when the checksum does not fit.
std::optional<IndexRecord> DecodeRecord(std::string_view bytes);
// The same without looking at the checksum, of at least kBytes bytes.
IndexRecord DecodeUnchecked(std::string_view bytes);

// Little-endian, for the neighbours' formats.
void PutFixed(std::uint64_t value, int bytes, std::string& out);
std::uint64_t GetFixed(std::string_view bytes, std::size_t at, int count);

}  // namespace mlengine::logs
