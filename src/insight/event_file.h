// EventFile: what one TensorBoard event file (events.out.tfevents.…) tells, read as it grows. The
// file is a row of TFRecord frames: length (8 bytes), masked CRC-32C of it (4), the record, masked
// CRC-32C of the record (4). Pure; takes any bytes; one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "insight/scalar_event.h"

namespace mlengine::insight {

// What of a file could not be read.
struct EventFileDamage {
  std::uint64_t places = 0;        // stretches of bytes that are no frames, and records that are no
                                   // events
  std::uint64_t bytes = 0;         // in them
  std::uint64_t first_offset = 0;  // of the first, when there is one
  std::uint64_t long_records = 0;  // passed over, though they may have held scalars
};

class EventFile {
 public:
  // A record with scalars is some hundred bytes; those above are passed over unread. So no more
  // than this is ever kept.
  static constexpr std::uint64_t kLongestRecord = 4U << 20;
  // A frame that claims more is damage.
  static constexpr std::uint64_t kLongestFrame = 4ULL << 30;

  // Takes the bytes that follow those of all calls before, and hands on the scalars of each record
  // that is complete with them. A record that is cut short waits for the rest. After damage it goes
  // on at the next frame whose checksums hold; what comes out does not depend on how the bytes are
  // cut into calls.
  void Add(std::string_view bytes, const TakeScalar& take);

  // Bytes taken: where those of the next call lie in the file.
  std::uint64_t offset() const { return offset_; }
  // Of these, those that wait for the rest of their record.
  std::uint64_t waiting() const { return buffer_.size(); }
  const EventFileDamage& damage() const { return damage_; }
  std::uint64_t records() const { return records_; }
  // Scalars with an overlong tag.
  std::uint64_t left_out() const { return events_.left_out(); }

 private:
  enum class Step { kWait, kGoOn };
  // Reads the frame at the start of `rest`, which loses what is done with.
  Step ReadFrame(std::string_view& rest, const TakeScalar& take);
  void NoteDamage(std::uint64_t offset, std::uint64_t bytes);
  void Lose(std::string_view& rest, std::uint64_t bytes);

  std::string buffer_;
  std::uint64_t offset_ = 0;
  std::uint64_t skip_ = 0;    // bytes of a long record still to come
  bool lost_ = false;         // the bytes before were no frame
  std::uint64_t wasted_ = 0;  // bytes of records that were checked in vain
  std::uint64_t records_ = 0;
  EventFileDamage damage_;
  ScalarEvents events_;
};

}  // namespace mlengine::insight
