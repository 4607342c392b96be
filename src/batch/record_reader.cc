#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "batch/instance_reader.h"

namespace mlengine::batch {
namespace {

constexpr std::size_t kHeader = 12;  // length and its checksum
constexpr std::size_t kFooter = 4;   // checksum of the record
// Where nothing is any more, for a reader that goes on.
constexpr std::uint64_t kBehindAll = 1ULL << 62;

std::uint64_t LittleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

bool HoldsChecksum(std::string_view bytes, std::string_view checksum) {
  const std::uint32_t crc = ExtendCrc32c(0, bytes);
  const std::uint32_t masked = (crc >> 15 | crc << 17) + 0xA282EAD8U;
  return LittleEndian(checksum) == masked;
}

class RecordReader final : public InstanceReader {
 public:
  RecordReader(std::unique_ptr<ByteSource> source, ReadPlace place, std::uint64_t skip)
      : source_(std::move(source)), place_(place), to_skip_(skip) {}

  Result<bool> Next(Instance& out) override {
    out = {};
    if (std::uint64_t skip = std::exchange(to_skip_, 0); skip > 0) {
      MLENGINE_ASSIGN_OR_RETURN(const bool there, Skip(skip));
      if (!there) lost_ = true;  // the rest was told of by the part that ended here
    }
    if (lost_) return false;
    MLENGINE_ASSIGN_OR_RETURN(const bool header, Have(kHeader));
    if (!header) return Rest(out, "");
    const std::uint64_t length = LittleEndian(std::string_view(buffer_).substr(at_, 8));
    const std::string_view head = std::string_view(buffer_).substr(at_);
    if (!HoldsChecksum(head.substr(0, 8), head.substr(8, 4)))
      return Rest(out, "no TFRecord begins there");
    if (length > kLongestInstance) return TooLong(out, length);
    MLENGINE_ASSIGN_OR_RETURN(const bool whole, Have(kHeader + length + kFooter));
    if (!whole) return Rest(out, "the file ends within a record");
    const std::string_view record = std::string_view(buffer_).substr(at_ + kHeader, length);
    const std::string_view sum = std::string_view(buffer_).substr(at_ + kHeader + length, kFooter);
    if (HoldsChecksum(record, sum)) {
      out.bytes = record;
    } else {
      out.error = "The record is damaged: it does not have its checksum.";
    }
    Drop(kHeader + length + kFooter);
    return Counted(out);
  }

  ReadPlace place() const override { return place_; }
  std::uint64_t stored_bytes() const override { return source_->stored_bytes(); }

 private:
  bool Counted(Instance& out) {
    out.number = ++place_.count;
    return true;
  }

  // Whether so many bytes lie in the buffer now. What the source cannot give is noted.
  Result<bool> Have(std::uint64_t count) {
    while (buffer_.size() - at_ < count) {
      Result<std::string> block = source_->Next();
      if (block.status().code() == StatusCode::kDataLoss) {
        damage_ = block.status().message();
        return false;
      }
      if (!block.ok()) return block.status();
      if (block->empty()) return false;
      buffer_.erase(0, at_);
      at_ = 0;
      buffer_ += *block;
    }
    return true;
  }

  void Drop(std::uint64_t count) {
    at_ += count;
    place_.offset += count;
  }

  // Passes over bytes of any number.
  Result<bool> Skip(std::uint64_t count) {
    while (count > 0) {
      MLENGINE_ASSIGN_OR_RETURN(const bool there, Have(1));
      if (!there) return false;
      const std::uint64_t here = std::min<std::uint64_t>(count, buffer_.size() - at_);
      at_ += here;
      count -= here;
    }
    return true;
  }

  Result<bool> TooLong(Instance& out, std::uint64_t length) {
    out.error = "The record has " + std::to_string(length) + " bytes; at most " +
                std::to_string(kLongestInstance) + " are possible.";
    MLENGINE_ASSIGN_OR_RETURN(const bool there, Skip(kHeader));
    place_.offset += kHeader;
    // A length near 2^64 must not come round.
    const bool behind = length < UINT64_MAX / 2;
    bool skipped = false;
    if (there && behind) {
      MLENGINE_ASSIGN_OR_RETURN(skipped, Skip(length + kFooter));
    }
    lost_ = !skipped;
    place_.offset = lost_ ? kBehindAll : place_.offset + length + kFooter;
    return Counted(out);
  }

  // The end of what can be read: fine where nothing is left and no fault was found.
  Result<bool> Rest(Instance& out, std::string why) {
    lost_ = true;
    if (why.empty() && damage_.empty() && at_ == buffer_.size()) return false;
    if (!damage_.empty()) why = damage_;
    if (why.empty()) why = "the file ends within a record";
    out.error = "From byte " + std::to_string(place_.offset) +
                " on the file's records cannot be read: " + why + ".";
    place_.offset = kBehindAll;
    return Counted(out);
  }

  const std::unique_ptr<ByteSource> source_;
  ReadPlace place_;
  std::uint64_t to_skip_;
  bool lost_ = false;
  std::string damage_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<InstanceReader> NewRecordReader(std::unique_ptr<ByteSource> source, ReadPlace place,
                                                std::uint64_t skip) {
  return std::make_unique<RecordReader>(std::move(source), place, skip);
}

}  // namespace mlengine::batch
