#include "insight/event_file.h"

#include <algorithm>

#include "insight/proto_fields.h"
#include "insight/record_file.h"

namespace mlengine::insight {
namespace {

constexpr std::size_t kHeader = 12;  // length and its checksum
constexpr std::size_t kFooter = 4;   // checksum of the record
// Of a long record its first bytes tell what it is.
constexpr std::size_t kGlimpse = 32;
// A search for the next frame checks records in vain; for each byte of the file so many bytes of
// them, so that nobody can write a file that takes for ever.
constexpr std::uint64_t kPatience = 16;

}  // namespace

void EventFile::NoteDamage(std::uint64_t offset, std::uint64_t bytes) {
  if (damage_.places == 0) damage_.first_offset = offset;
  if (!lost_) ++damage_.places;
  damage_.bytes += bytes;
}

void EventFile::Lose(std::string_view& rest, std::uint64_t bytes) {
  NoteDamage(offset_ - rest.size(), bytes);
  lost_ = true;
  rest.remove_prefix(bytes);
}

EventFile::Step EventFile::ReadFrame(std::string_view& rest, const TakeScalar& take) {
  if (rest.size() < kHeader) return Step::kWait;
  const std::uint64_t length = LittleEndian(rest, 8);
  if (length > kLongestFrame || !HoldsChecksum(rest.substr(0, 8), rest.substr(8, 4))) {
    Lose(rest, 1);
    return Step::kGoOn;
  }
  if (length > kLongestRecord) {
    if (rest.size() < kHeader + kGlimpse) return Step::kWait;
    if (MayHoldScalars(rest.substr(kHeader, kGlimpse))) ++damage_.long_records;
    lost_ = false;
    skip_ = kHeader + length + kFooter;
    return Step::kGoOn;
  }
  const std::size_t whole = kHeader + length + kFooter;
  if (rest.size() < whole) return Step::kWait;
  const std::uint64_t start = offset_ - rest.size();
  const std::string_view record = rest.substr(kHeader, length);
  if (!HoldsChecksum(record, rest.substr(kHeader + length, kFooter))) {
    // Its length may be that of a record which was never finished, with others behind it.
    wasted_ += length;
    Lose(rest, wasted_ <= kPatience * (start + kHeader) + kLongestRecord ? 1 : whole);
    return Step::kGoOn;
  }
  lost_ = false;
  ++records_;
  if (!events_.Read(record, take)) NoteDamage(start, whole);
  rest.remove_prefix(whole);
  return Step::kGoOn;
}

void EventFile::Add(std::string_view bytes, const TakeScalar& take) {
  buffer_ += bytes;
  offset_ += bytes.size();
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    if (skip_ > 0) {
      const std::uint64_t done = std::min<std::uint64_t>(skip_, rest.size());
      skip_ -= done;
      rest.remove_prefix(done);
    } else if (ReadFrame(rest, take) == Step::kWait) {
      break;
    }
  }
  buffer_.erase(0, buffer_.size() - rest.size());
}

}  // namespace mlengine::insight
