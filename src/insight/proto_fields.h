// ProtoFields: the fields of one protobuf message as they lie on the wire, one after the other, for
// messages whose definition is not ours. Pure; takes any bytes. The bytes outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mlengine::insight {

class ProtoFields {
 public:
  enum class Kind { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit ProtoFields(std::string_view message) : rest_(message) {}

  // Goes to the next field. False at the end, and where the bytes are no message any more: ok()
  // tells which.
  bool Next();
  bool ok() const { return ok_; }

  // Of the field that Next came to.
  std::uint32_t number() const { return number_; }
  Kind kind() const { return kind_; }
  std::uint64_t integer() const { return integer_; }  // a varint, or the bits of a fixed one
  std::string_view bytes() const { return bytes_; }   // of kBytes

  bool Is(std::uint32_t number, Kind kind) const { return number_ == number && kind_ == kind; }
  float AsFloat() const;    // of kFixed32
  double AsDouble() const;  // of kFixed64

 private:
  bool Fail();

  std::string_view rest_;
  bool ok_ = true;
  std::uint32_t number_ = 0;
  Kind kind_ = Kind::kVarint;
  std::uint64_t integer_ = 0;
  std::string_view bytes_;
};

// The varint at the start of `bytes`, which loses it; nothing when there is none.
std::optional<std::uint64_t> TakeVarint(std::string_view& bytes);
// The first `size` bytes, at most 8 and no more than there are, as a little-endian number.
std::uint64_t LittleEndian(std::string_view bytes, std::size_t size);

}  // namespace mlengine::insight
