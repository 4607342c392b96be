// LineParser: cuts one stream's bytes into entries. It decides where entries lie and how severe
// they are; their stamps come from whoever stores them. Every byte is in exactly one entry, in
// order. Pure: time is an argument. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"

namespace mlengine::logs {

// A byte range of the stream that is one entry. Flags reach disk (docs/formats/log_index.md).
struct Draft {
  static constexpr std::uint16_t kJson = 1;     // the line is a JSON object with a message
  static constexpr std::uint16_t kBlock = 2;    // several lines kept together: a traceback
  static constexpr std::uint16_t kPartial = 4;  // the line goes on in the next entry

  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Severity severity = Severity::kInfo;
  std::uint16_t flags = 0;
};

class LineParser {
 public:
  static constexpr std::size_t kLongestEntry = 256U << 10;  // bytes
  static constexpr std::chrono::milliseconds kBlockSilence{200};

  // Starts at `offset` of the stream, which must be an entry's beginning.
  LineParser(StreamRef::Kind kind, std::uint64_t offset);

  // The next bytes of the stream. Appends to `out` every entry that is complete.
  void Feed(std::string_view bytes, Time now, std::vector<Draft>& out);
  // Completes a traceback that has been silent for kBlockSilence.
  void Tick(Time now, std::vector<Draft>& out);
  // The stream is complete: what is left becomes entries.
  void Finish(std::vector<Draft>& out);

  // Where the next byte to feed lies in the stream.
  std::uint64_t offset() const { return line_start_ + rest_.size(); }
  // When Tick has something to do, if nothing arrives before.
  std::optional<Time> deadline() const;

 private:
  enum class Block { kNone, kFrames, kRaised, kChain };

  // Leaves what is no whole line.
  void TakeLines(std::string_view& view, std::vector<Draft>& out);
  void TakeLine(std::string_view line, std::vector<Draft>& out);
  bool ContinueBlock(std::string_view line, const Draft& draft, std::vector<Draft>& out);
  void EndBlock(std::vector<Draft>& out);
  void CutLongLine(std::string_view& view, std::vector<Draft>& out);
  Draft Classify(std::string_view line) const;

  StreamRef::Kind kind_;
  std::uint64_t line_start_;              // of rest_ in the stream
  std::string rest_;                      // the unfinished line
  std::optional<Severity> cut_severity_;  // of the line whose first pieces are entries already

  Block state_ = Block::kNone;
  Draft block_;               // the traceback so far
  std::vector<Draft> chain_;  // lines after it that may lead to a chained traceback
  Time last_bytes_{};
};

}  // namespace mlengine::logs
