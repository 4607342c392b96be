#include "logs/segment.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/digest.h"
#include "logs/index_record.h"

namespace mlengine::logs {
namespace {

// The table is a frame that decompressors skip.
constexpr std::uint32_t kSkippable = 0x184D2A5E;
constexpr std::uint32_t kSeekable = 0x8F92EAB1;
constexpr std::uint64_t kSkippableHeader = 8;  // its magic, and its length
constexpr std::uint64_t kFooter = 9;           // blocks, descriptor, magic
constexpr std::uint64_t kTableEntry = 8;       // stored and original length
constexpr std::uint64_t kMostBlocks = 1U << 26;
constexpr int kLevel = 3;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// One block as a frame of its own, with a checksum.
Status Compress(ZSTD_CCtx* context, std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + ZSTD_compressBound(bytes.size()));
  const std::size_t length =
      ZSTD_compress2(context, out.data() + start, out.size() - start, bytes.data(), bytes.size());
  if (ZSTD_isError(length) != 0)
    return InternalError(std::string("zstd: ") + ZSTD_getErrorName(length));
  out.resize(start + length);
  return OkStatus();
}

// Sends all bytes of `source` up to `bytes` through `take`, a block at a time.
template <typename Take>
Status EachBlock(FileSystem& files, const std::string& source, std::uint64_t bytes, Take take) {
  for (std::uint64_t at = 0; at < bytes; at += Segment::kBlockBytes) {
    const std::uint64_t want = std::min(Segment::kBlockBytes, bytes - at);
    MLENGINE_ASSIGN_OR_RETURN(const std::string block, files.ReadAt(source, at, want));
    if (!block.empty()) MLENGINE_RETURN_IF_ERROR(take(block));
    if (block.size() < want) break;
  }
  return OkStatus();
}

struct Written {
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
};

Result<Written> WriteBlocks(FileSystem& files, const std::string& source, std::uint64_t bytes,
                            AppendFile& out) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) return ResourceExhaustedError("no memory to compress " + source);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  Written written;
  std::string table;
  std::uint64_t blocks = 0;
  MLENGINE_RETURN_IF_ERROR(EachBlock(files, source, bytes, [&](const std::string& block) {
    std::string frame;
    MLENGINE_RETURN_IF_ERROR(Compress(context.get(), block, frame));
    PutFixed(frame.size(), 4, table);
    PutFixed(block.size(), 4, table);
    ++blocks;
    written.bytes += block.size();
    written.crc = ExtendCrc32c(written.crc, block);
    return out.Append(frame);
  }));
  if (blocks > kMostBlocks) return ResourceExhaustedError(source + " is too long for one segment");
  std::string frame;
  PutFixed(kSkippable, 4, frame);
  PutFixed(table.size() + kFooter, 4, frame);
  frame += table;
  PutFixed(blocks, 4, frame);
  PutFixed(0, 1, frame);  // no checksums in the table: each block has its own
  PutFixed(kSeekable, 4, frame);
  MLENGINE_RETURN_IF_ERROR(out.Append(frame));
  MLENGINE_RETURN_IF_ERROR(out.Sync());
  return written;
}

Status Compare(FileSystem& files, const std::string& path, const Written& written) {
  MLENGINE_ASSIGN_OR_RETURN(const auto segment, Segment::Open(files, path));
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < segment->size(); at += Segment::kBlockBytes) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string block, segment->ReadAt(at, Segment::kBlockBytes));
    crc = ExtendCrc32c(crc, block);
  }
  if (segment->size() == written.bytes && crc == written.crc) return OkStatus();
  return DataLossError(path + " does not read as it was written");
}

}  // namespace

Result<std::shared_ptr<const Segment>> Segment::Open(FileSystem& files, std::string path) {
  const Status broken = DataLossError(path + " is not a whole log segment");
  std::shared_ptr<Segment> segment(new Segment(files, std::move(path)));
  const std::string& name = segment->path_;
  MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, files.Stat(name));
  segment->stored_size_ = stat.size;
  if (stat.size < kSkippableHeader + kFooter) return broken;
  MLENGINE_ASSIGN_OR_RETURN(const std::string footer,
                            files.ReadAt(name, stat.size - kFooter, kFooter));
  if (footer.size() != kFooter || GetFixed(footer, 5, 4) != kSeekable || footer[4] != 0)
    return broken;
  const std::uint64_t blocks = GetFixed(footer, 0, 4);
  const std::uint64_t length = kSkippableHeader + blocks * kTableEntry + kFooter;
  if (blocks > kMostBlocks || length > stat.size) return broken;
  const std::uint64_t table_at = stat.size - length;
  MLENGINE_ASSIGN_OR_RETURN(const std::string table, files.ReadAt(name, table_at, length));
  if (table.size() != length || GetFixed(table, 0, 4) != kSkippable ||
      GetFixed(table, 4, 4) != length - kSkippableHeader)
    return broken;
  Block next;
  segment->blocks_.reserve(blocks + 1);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    segment->blocks_.push_back(next);
    const std::uint64_t original = GetFixed(table, kSkippableHeader + i * kTableEntry + 4, 4);
    next.stored_at += GetFixed(table, kSkippableHeader + i * kTableEntry, 4);
    next.at += original;
    if (original == 0 || original > kBlockBytes) return broken;
  }
  segment->blocks_.push_back(next);
  if (next.stored_at != table_at) return broken;
  return std::shared_ptr<const Segment>(std::move(segment));
}

Result<std::string> Segment::ReadAt(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t end = offset + std::min(count, size() - std::min(offset, size()));
  std::string out;
  if (offset >= end) return out;
  // The last block that begins at or before `offset`.
  auto block = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                [](std::uint64_t at, const Block& b) { return at < b.at; }) -
               1;
  std::string original;
  for (; block->at < end; ++block) {
    const Block& next = *(block + 1);
    MLENGINE_ASSIGN_OR_RETURN(
        const std::string stored,
        files_.ReadAt(path_, block->stored_at, next.stored_at - block->stored_at));
    original.resize(next.at - block->at);
    const std::size_t length =
        ZSTD_decompress(original.data(), original.size(), stored.data(), stored.size());
    if (ZSTD_isError(length) != 0 || length != original.size())
      return DataLossError(path_ + ": the block at byte " + std::to_string(block->stored_at) +
                           " is damaged");
    const std::uint64_t from = std::max(offset, block->at);
    out.append(original, from - block->at, std::min(end, next.at) - from);
  }
  return out;
}

Status WriteSegment(FileSystem& files, const std::string& source, std::uint64_t bytes,
                    const std::string& target) {
  const std::string beside = target + ".new";
  const auto write = [&]() -> Status {
    MLENGINE_ASSIGN_OR_RETURN(const auto out, files.OpenAppend(beside, 0));
    MLENGINE_ASSIGN_OR_RETURN(const Written written, WriteBlocks(files, source, bytes, *out));
    MLENGINE_RETURN_IF_ERROR(Compare(files, beside, written));
    return files.Rename(beside, target);
  };
  Status status = write();
  if (!status.ok()) static_cast<void>(files.Remove(beside));
  return status;
}

}  // namespace mlengine::logs
