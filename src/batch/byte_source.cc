#include "batch/byte_source.h"

#include <zlib.h>

#include <utility>

namespace mlengine::batch {
namespace {

constexpr std::uint64_t kBlock = 4U << 20;   // read at once
constexpr std::size_t kInflated = 1U << 20;  // most bytes of one block that was inflated

class PlainSource final : public ByteSource {
 public:
  PlainSource(ReadFunction read, std::uint64_t offset) : read_(std::move(read)), at_(offset) {}

  Result<std::string> Next() override {
    Result<std::string> block = read_(at_, kBlock);
    if (block.ok()) at_ += block->size();
    return block;
  }
  std::uint64_t stored_bytes() const override { return at_; }

 private:
  const ReadFunction read_;
  std::uint64_t at_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(ReadFunction read) : read_(std::move(read)) {
    ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK;  // gzip alone
  }
  ~GzipSource() override {
    if (ready_) ::inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<std::string> Next() override {
    if (!ready_) return ResourceExhaustedError("there is no memory to inflate a file");
    std::string out(kInflated, '\0');
    std::size_t made = 0;
    while (made == 0) {
      if (stream_.avail_in == 0) MLENGINE_RETURN_IF_ERROR(Fill());
      if (stream_.avail_in == 0) {
        if (!within_member_) return std::string();
        return DataLossError("the gzip file ends in the middle of its data");
      }
      MLENGINE_ASSIGN_OR_RETURN(made, Inflate(out));
    }
    out.resize(made);
    return out;
  }
  std::uint64_t stored_bytes() const override { return at_ - stream_.avail_in; }

 private:
  Status Fill() {
    MLENGINE_ASSIGN_OR_RETURN(block_, read_(at_, kBlock));
    at_ += block_.size();
    stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
    stream_.avail_in = static_cast<uInt>(block_.size());
    return OkStatus();
  }

  // How many bytes came out.
  Result<std::size_t> Inflate(std::string& out) {
    within_member_ = true;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int told = ::inflate(&stream_, Z_NO_FLUSH);
    if (told != Z_OK && told != Z_STREAM_END && told != Z_BUF_ERROR)
      return DataLossError("the file is no gzip file, or damaged");
    if (told == Z_STREAM_END) {
      ::inflateReset(&stream_);
      within_member_ = false;  // another may follow
    }
    return out.size() - stream_.avail_out;
  }

  const ReadFunction read_;
  z_stream stream_{};
  bool ready_ = false;
  bool within_member_ = true;  // an empty file is none
  std::string block_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> NewPlainSource(ReadFunction read, std::uint64_t offset) {
  return std::make_unique<PlainSource>(std::move(read), offset);
}

std::unique_ptr<ByteSource> NewGzipSource(ReadFunction read) {
  return std::make_unique<GzipSource>(std::move(read));
}

}  // namespace mlengine::batch
