#include "logs/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>

#include "base/testing/temp_dir.h"

namespace mlengine::logs {
namespace {

using ::testing::ElementsAre;

// Lines of a program, some of which do not compress.
std::string Text(std::size_t bytes) {
  std::mt19937 random(7);
  std::string out;
  while (out.size() < bytes) {
    out += "step " + std::to_string(out.size()) + ": loss " + std::to_string(random()) + "\n";
    if (out.size() % 5 == 0) {
      for (int i = 0; i < 900; ++i) out += static_cast<char>(random());
    }
  }
  out.resize(bytes);
  return out;
}

class SegmentTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Segment> Make(const std::string& bytes, std::uint64_t limit = UINT64_MAX) {
    EXPECT_TRUE(files_.WriteAtomic(source_, bytes).ok());
    EXPECT_TRUE(WriteSegment(files_, source_, limit, target_).ok());
    return *Segment::Open(files_, target_);
  }
  std::string Stored() { return *files_.Read(target_); }
  StatusCode ReadBack(const std::string& bytes) {
    EXPECT_TRUE(files_.WriteAtomic(target_, bytes).ok());
    const auto segment = Segment::Open(files_, target_);
    if (!segment.ok()) return segment.status().code();
    return (*segment)->ReadAt(0, UINT64_MAX).status().code();
  }

  FileSystem& files_ = RealFileSystem();
  TempDir dir_;
  std::string source_ = dir_ / "spool";
  std::string target_ = dir_ / "stream-0.zst";
};

TEST_F(SegmentTest, ReadsAtAnyOffset) {
  const std::string text = Text(3 * Segment::kBlockBytes + 12'345);
  const auto segment = Make(text);
  EXPECT_EQ(segment->size(), text.size());
  EXPECT_EQ(segment->stored_size(), Stored().size());
  EXPECT_LT(segment->stored_size(), text.size());
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t at = random() % (text.size() + 10);
    const std::uint64_t count = random() % (2 * Segment::kBlockBytes);
    EXPECT_EQ(*segment->ReadAt(at, count), at < text.size() ? text.substr(at, count) : "") << at;
  }
  EXPECT_EQ(*segment->ReadAt(0, UINT64_MAX), text);
  EXPECT_EQ(*segment->ReadAt(UINT64_MAX, UINT64_MAX), "");
}

TEST_F(SegmentTest, TheBytesAtBlockEdges) {
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{Segment::kBlockBytes - 1},
        std::size_t{Segment::kBlockBytes}, std::size_t{Segment::kBlockBytes + 1}}) {
    const std::string text = Text(bytes);
    const auto segment = Make(text);
    EXPECT_EQ(segment->size(), bytes);
    EXPECT_EQ(*segment->ReadAt(0, UINT64_MAX), text);
  }
}

TEST_F(SegmentTest, AnyZstdReadsItWhole) {
  const std::string text = Text(2 * Segment::kBlockBytes + 1);
  Make(text);
  const std::string stored = Stored();
  std::string out(text.size() + 1, '\0');
  const std::size_t length = ZSTD_decompress(out.data(), out.size(), stored.data(), stored.size());
  ASSERT_EQ(ZSTD_isError(length), 0U);
  EXPECT_EQ(out.substr(0, length), text);
}

TEST_F(SegmentTest, TakesTheFirstBytesOnly) {
  const std::string text = Text(Segment::kBlockBytes + 100);
  EXPECT_EQ(*Make(text, Segment::kBlockBytes + 7)->ReadAt(0, UINT64_MAX),
            text.substr(0, Segment::kBlockBytes + 7));
}

TEST_F(SegmentTest, WhatWasCutOrChangedIsNoticed) {
  Make(Text(Segment::kBlockBytes + 100));
  const std::string stored = Stored();
  for (std::size_t bytes = 0; bytes < stored.size(); bytes += bytes < 40 ? 1 : 9'973)
    EXPECT_EQ(ReadBack(stored.substr(0, bytes)), StatusCode::kDataLoss) << bytes;
  EXPECT_EQ(ReadBack(stored), StatusCode::kOk);
  for (std::size_t back = 1; back < 60; ++back) {
    std::string changed = stored;
    changed[stored.size() - back] = static_cast<char>(changed[stored.size() - back] ^ 0x55);
    EXPECT_EQ(ReadBack(changed), StatusCode::kDataLoss) << back;
  }
}

TEST_F(SegmentTest, AFailureLeavesNothing) {
  EXPECT_EQ(WriteSegment(files_, dir_ / "none", UINT64_MAX, target_).code(), StatusCode::kNotFound);
  EXPECT_EQ(Segment::Open(files_, target_).status().code(), StatusCode::kNotFound);
  EXPECT_THAT(*files_.List(dir_.path()), ElementsAre());
}

}  // namespace
}  // namespace mlengine::logs
